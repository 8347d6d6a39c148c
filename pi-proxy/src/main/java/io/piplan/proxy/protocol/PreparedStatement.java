package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;

/** The answer to COM_STMT_PREPARE; definitions of its parameters and columns follow. */
public record PreparedStatement(int id, int columns, int parameters, int warnings) {
  public static PreparedStatement read(ByteBuf payload) {
    PayloadReader in = new PayloadReader(payload, "answer to COM_STMT_PREPARE");
    int first = in.u1();
    if (first != 0) {
      throw in.broken("first byte " + first + ", expected 0");
    }
    int id = in.i4();
    int columns = in.u2();
    int parameters = in.u2();
    in.skip(1);
    return new PreparedStatement(id, columns, parameters, in.remaining() >= 2 ? in.u2() : 0);
  }

  public int write(ByteBuf out, int sequence) {
    int at = Frames.begin(out);
    new PayloadWriter(out).u1(0).u4(id).u2(columns).u2(parameters).u1(0).u2(warnings);
    return Frames.end(out, at, sequence);
  }
}
