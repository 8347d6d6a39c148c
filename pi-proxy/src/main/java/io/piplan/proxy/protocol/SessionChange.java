package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a statement changed in its session, told in the OK packet. */
public sealed interface SessionChange {
  int type();

  void writeData(PayloadWriter out);

  /** A system variable got a value. */
  record Variable(String name, String value) implements SessionChange {
    @Override
    public int type() {
      return 0;
    }

    @Override
    public void writeData(PayloadWriter out) {
      out.lengthEncodedText(name, StandardCharsets.UTF_8)
          .lengthEncodedText(value, StandardCharsets.UTF_8);
    }
  }

  /** The default schema is another. */
  record Schema(String name) implements SessionChange {
    @Override
    public int type() {
      return 1;
    }

    @Override
    public void writeData(PayloadWriter out) {
      out.lengthEncodedText(name, StandardCharsets.UTF_8);
    }
  }

  /** What is of no use to the proxy (state, transaction, GTID, MariaDB's own), as it came. */
  record Other(int type, byte[] data) implements SessionChange {
    @Override
    public void writeData(PayloadWriter out) {
      out.bytes(data);
    }
  }

  static void read(PayloadReader in, List<SessionChange> changes) {
    byte[] block = in.lengthEncodedBytes();
    PayloadReader all = new PayloadReader(Unpooled.wrappedBuffer(block), "session changes");
    while (all.hasMore()) {
      int type = all.u1();
      byte[] data = all.lengthEncodedBytes();
      PayloadReader one = new PayloadReader(Unpooled.wrappedBuffer(data), "session change");
      switch (type) {
        case 0 -> {
          // One entry may hold several variables.
          do {
            changes.add(
                new Variable(
                    one.lengthEncodedText(StandardCharsets.UTF_8),
                    one.lengthEncodedText(StandardCharsets.UTF_8)));
          } while (one.hasMore());
        }
        case 1 -> {
          changes.add(new Schema(one.lengthEncodedText(StandardCharsets.UTF_8)));
          one.end();
        }
        default -> changes.add(new Other(type, data));
      }
    }
  }

  static void write(ByteBuf out, PayloadWriter to, List<SessionChange> changes) {
    ByteBuf block = out.alloc().buffer();
    ByteBuf data = out.alloc().buffer();
    try {
      PayloadWriter inner = new PayloadWriter(block);
      for (SessionChange change : changes) {
        data.clear();
        change.writeData(new PayloadWriter(data));
        inner.u1(change.type()).lengthEncoded(data.readableBytes());
        block.writeBytes(data);
      }
      to.lengthEncoded(block.readableBytes());
      out.writeBytes(block);
    } finally {
      data.release();
      block.release();
    }
  }
}
