package io.piplan.lcs.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.collection.LongObjectHashMap;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import io.piplan.lcs.wire.FrameHandler;
import io.piplan.lcs.wire.FrameType;
import io.piplan.lcs.wire.Frames;
import java.util.ArrayList;
import java.util.List;

/** A connection to one server, with what was asked there and is not answered yet. */
final class ServerConnection extends FrameHandler {
  private static final long GREETING = 0;

  private final Endpoint endpoint;
  private final String token;
  private final LeaderRouter router;
  private final LongObjectHashMap<Request> asked = new LongObjectHashMap<>();
  private Channel channel;
  private long number = GREETING;
  private boolean reading;
  private boolean unflushed;
  private boolean greeted;

  /** Whether it has been asked who it is, and hasn't answered. */
  private boolean whoAsked;

  private long whoAskedAt;

  ServerConnection(Endpoint endpoint, String token, LeaderRouter router) {
    this.endpoint = endpoint;
    this.token = token;
    this.router = router;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /** Whether it has said who it is. */
  boolean greeted() {
    return greeted;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    channel = context.channel();
    whoAsked = true;
    whoAskedAt = System.nanoTime();
    ByteBuf out = context.alloc().ioBuffer();
    int begun = Frames.begin(out, FrameType.HELLO, GREETING);
    out.writeInt(FrameType.MAGIC).writeByte(FrameType.VERSION);
    Frames.text(out, token);
    Frames.end(out, begun);
    write(out);
  }

  /** Asks again whether it leads, unless it still has to say so. */
  void askWho() {
    if (channel != null && channel.isActive() && !whoAsked) {
      whoAsked = true;
      whoAskedAt = System.nanoTime();
      ByteBuf out = channel.alloc().ioBuffer(FrameType.HEADER);
      Frames.empty(out, FrameType.WHO, GREETING);
      write(out);
    }
  }

  void send(Request request, long now) {
    number++;
    request.sent(now);
    asked.put(number, request);
    ByteBuf out = channel.alloc().ioBuffer(64);
    request.write(out, number);
    write(out);
  }

  private void write(ByteBuf out) {
    if (reading) {
      var unused = channel.write(out, channel.voidPromise());
      unflushed = true;
    } else {
      var unused = channel.writeAndFlush(out, channel.voidPromise());
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    reading = true;
    super.channelRead(context, message);
  }

  @Override
  protected void frame(
      ChannelHandlerContext context, byte type, long request, ByteBuf in, int bodyLength) {
    if (type == FrameType.WELCOME) {
      welcome(context, in);
    } else if (request == GREETING) {
      router.refused(this, type == FrameType.ERROR ? Frames.error(in) : unexpected(type));
    } else {
      answer(type, request, in);
    }
  }

  private void welcome(ChannelHandlerContext context, ByteBuf in) {
    byte version = in.readByte();
    if (version != FrameType.VERSION) {
      badFrame(context, "a server of version " + version);
      return;
    }
    greeted = true;
    whoAsked = false;
    boolean leads = in.readBoolean();
    int largest = in.readInt();
    Frames.text(in);
    router.welcome(this, leads, largest, Frames.text(in));
  }

  private void answer(byte type, long request, ByteBuf in) {
    Request of = asked.remove(request);
    if (of == null) {
      return;
    }
    if (type != FrameType.ERROR) {
      of.answered(type, in);
      return;
    }
    LcsException failure = Frames.error(in);
    if (failure.error() == LcsError.NOT_LEADER) {
      router.notLeading(this, of, Frames.text(in));
    } else if (failure.error().retryable()) {
      router.later(of);
    } else {
      of.failed(failure);
    }
  }

  private LcsException unexpected(byte type) {
    return new LcsException(
        LcsError.FRAME_INVALID,
        endpoint + " sent a frame of type " + type,
        "see that a PiLCS server of this version listens there");
  }

  @Override
  protected void framesEnd(ChannelHandlerContext context) {
    reading = false;
    if (unflushed) {
      unflushed = false;
      context.flush();
    }
  }

  @Override
  protected void badFrame(ChannelHandlerContext context, String found) {
    router.refused(
        this,
        new LcsException(
            LcsError.FRAME_INVALID,
            endpoint + " sent " + found,
            "see that a PiLCS server of this version listens there"));
    var unused = context.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    router.lost(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    router.note(this, cause);
    var unused = context.close();
  }

  /** Time since which the oldest request has waited; {@code now} if there is none. */
  long oldest(long now) {
    long oldest = now;
    for (Request request : asked.values()) {
      if (!request.takesLong()) {
        oldest = Math.min(oldest, request.sentAt());
      }
    }
    return oldest;
  }

  /** For how long it has owed us who it is. */
  long silentFor(long now) {
    return whoAsked ? now - whoAskedAt : 0;
  }

  /** What was asked and is not answered; forgotten here. */
  List<Request> takeAsked() {
    List<Request> all = new ArrayList<>(asked.values());
    asked.clear();
    return all;
  }

  void close() {
    if (channel != null) {
      var unused = channel.close();
    }
  }
}
