package io.piplan.lcs.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import io.piplan.lcs.SequenceInfo;
import io.piplan.lcs.SequencePolicy;
import io.piplan.lcs.wire.FrameHandler;
import io.piplan.lcs.wire.FrameType;
import io.piplan.lcs.wire.Frames;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of a client. Answers to all requests that came at once are gathered, and written
 * together after the lease was looked at: see {@link #settle}. Nothing is allocated for a request
 * for numbers.
 */
final class ClientHandler extends FrameHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ClientHandler.class);

  private static final long GREETING_SECONDS = 10;
  private static final int LISTED_AT_ONCE = 200;
  private static final int USUAL_ANSWERS = 1_024;

  /** What clients say is short: a name, a token. */
  private static final int LARGEST_QUESTION = 4_096;

  /** Bytes of answers that wait for a majority's word; a connection with more isn't read. */
  private static final int MOST_HELD = 256 << 10;

  private final LcsServer server;
  private final LcsServerOptions options;
  private final ServerMetrics metrics;
  private final int mostNumbers;
  private final int mostWaiting;
  private final NumberShares shares;
  private NumberShares.Share share;
  private boolean counted;
  private boolean greeted;
  private int parked;
  private int held;

  /** Questions with large answers: one at a time, and none while the client doesn't read. */
  private final ArrayDeque<Runnable> large = new ArrayDeque<>();

  private boolean largeUnderWay;

  private ByteBuf out;
  private Leadership madeUnder;
  private int requests;
  private long numbers;

  ClientHandler(
      LcsServer server, LcsServerOptions options, ServerMetrics metrics, NumberShares shares) {
    this.server = server;
    this.options = options;
    this.metrics = metrics;
    this.mostNumbers = options.limits().count(ServerLimit.COUNT);
    this.mostWaiting = options.limits().count(ServerLimit.WAITING);
    this.shares = shares;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    counted = true;
    share = shares.of(context.channel().remoteAddress());
    if (metrics.connected() > options.limits().of(ServerLimit.CONNECTIONS)) {
      refuse(context, 0, Operations.tooManyConnections(options));
      end(context);
      return;
    }
    LcsException tooMany = share.tooMany();
    if (tooMany != null) {
      refuse(context, 0, tooMany);
      end(context);
      return;
    }
    var unused =
        context
            .executor()
            .schedule(() -> closeUngreeted(context), GREETING_SECONDS, TimeUnit.SECONDS);
  }

  private void closeUngreeted(ChannelHandlerContext context) {
    if (!greeted) {
      var unused = context.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (counted) {
      metrics.disconnected();
      share.close();
    }
    if (out != null) {
      out.release();
      out = null;
    }
    large.clear();
  }

  @Override
  protected int largest() {
    return LARGEST_QUESTION;
  }

  @Override
  protected void frame(
      ChannelHandlerContext context, byte type, long request, ByteBuf in, int bodyLength) {
    if (type == FrameType.NEXT && greeted && bodyLength == 8) {
      int at = in.readerIndex();
      next(context, request, in.getInt(at), in.getInt(at + 4));
    } else if (type == FrameType.HELLO) {
      hello(context, request, in);
    } else if (!greeted) {
      badFrame(context, "a frame of type " + type + " before HELLO");
      stopReading();
    } else {
      other(context, type, request, in);
    }
  }

  /**
   * Requests for numbers of one sequence that came together: their numbers are taken at once, and
   * given in the requests' order. Whatever is not usual goes one by one.
   */
  @Override
  protected boolean frames(ChannelHandlerContext context, ByteBuf in) {
    int begin = in.readerIndex();
    if (!greeted || shares.limit() || !Frames.isNext(in, begin)) {
      return false;
    }
    int id = Frames.nextSequence(in, begin);
    int end = begin;
    int total = 0;
    while (Frames.isNext(in, end) && Frames.nextSequence(in, end) == id) {
      int count = Frames.nextCount(in, end);
      if (count < 1 || count > mostNumbers - total) {
        break;
      }
      total += count;
      end += Frames.NEXT_LENGTH;
    }
    Leadership leadership = server.leadership();
    if (total == 0 || leadership == null || leadership.over()) {
      return false;
    }
    SequenceState sequence = leadership.sequence(id);
    long first = sequence == null ? SequenceState.NONE : sequence.take(total);
    if (first == SequenceState.NONE) {
      return false;
    }
    if (madeUnder != leadership) {
      settle(context);
      madeUnder = leadership;
    }
    requests += (end - begin) / Frames.NEXT_LENGTH;
    numbers += total;
    give(context, in, end, first);
    return true;
  }

  private void give(ChannelHandlerContext context, ByteBuf in, int end, long firstOfAll) {
    int begin = in.readerIndex();
    int length = (end - begin) / Frames.NEXT_LENGTH * Frames.NUMBERS_LENGTH;
    if (out == null) {
      out = context.alloc().ioBuffer(Math.max(USUAL_ANSWERS, length));
    }
    out.ensureWritable(length);
    int at = out.writerIndex();
    long first = firstOfAll;
    for (int from = begin; from < end; from += Frames.NEXT_LENGTH) {
      int count = Frames.nextCount(in, from);
      Frames.setNumbers(out, at, Frames.request(in, from), first, count);
      at += Frames.NUMBERS_LENGTH;
      first += count;
    }
    out.writerIndex(at);
    in.readerIndex(end);
  }

  private void hello(ChannelHandlerContext context, long request, ByteBuf in) {
    int magic = in.readInt();
    if (magic != FrameType.MAGIC) {
      badFrame(context, "a HELLO that begins with 0x" + Integer.toHexString(magic));
      stopReading();
      return;
    }
    int version = in.readUnsignedByte();
    if (version != FrameType.VERSION) {
      leave(
          context,
          request,
          new LcsException(
              LcsError.VERSION_UNKNOWN,
              "the client speaks version " + version + ", the server " + FrameType.VERSION,
              "use client and server of the same version"));
      return;
    }
    if (!isToken(Frames.text(in))) {
      leave(
          context,
          request,
          new LcsException(
              LcsError.UNAUTHORIZED, "the token is missing or wrong", "give the servers' token"));
      return;
    }
    greeted = true;
    welcome(context, request, server.leads());
  }

  /**
   * A leader whose lease doesn't hold, as commits take longer than it is, can still give numbers
   * when it asks a majority each time; so it asks now whether it leads.
   */
  private void who(ChannelHandlerContext context, long request) {
    Leadership now = server.leadership();
    if (now == null || now.mayAnswer() || !now.mayConfirm() || parked >= mostWaiting) {
      welcome(context, request, server.leads());
      return;
    }
    parked++;
    whenConfirmed(
        context,
        now,
        confirmed -> {
          parked--;
          if (context.channel().isActive()) {
            welcome(context, request, confirmed);
            settle(context);
          }
        });
  }

  private boolean isToken(String given) {
    return MessageDigest.isEqual(
        given.getBytes(StandardCharsets.UTF_8), options.token().getBytes(StandardCharsets.UTF_8));
  }

  private void welcome(ChannelHandlerContext context, long request, boolean leads) {
    ByteBuf to = out(context);
    int begun = Frames.begin(to, FrameType.WELCOME, request);
    to.writeByte(FrameType.VERSION).writeBoolean(leads);
    to.writeInt(mostNumbers);
    Frames.text(to, options.self().id());
    Frames.text(to, server.leaderAddress());
    Frames.end(to, begun);
  }

  private void next(ChannelHandlerContext context, long request, int id, int count) {
    Leadership leadership = server.leadership();
    if (leadership == null || leadership.over()) {
      refuseAsFollower(context, request);
      return;
    }
    if (shares.limit() && count > 0) {
      LcsException exceeded = share.take(count, System.nanoTime());
      if (exceeded != null) {
        refuse(context, request, exceeded);
        return;
      }
    }
    SequenceState sequence = leadership.sequence(id);
    if (sequence == null) {
      slowNext(context, request, id, count);
      return;
    }
    if (count < 1 || count > mostNumbers) {
      refuse(context, request, Operations.countInvalid(count, mostNumbers));
      return;
    }
    take(context, leadership, sequence, request, count);
  }

  private void take(
      ChannelHandlerContext context,
      Leadership leadership,
      SequenceState sequence,
      long request,
      int count) {
    long first = sequence.take(count);
    if (first == SequenceState.NONE) {
      park(context, leadership, sequence, request, count);
      return;
    }
    if (madeUnder != leadership) {
      settle(context);
      madeUnder = leadership;
    }
    requests++;
    numbers += count;
    Frames.numbers(out(context), request, first, count);
  }

  private void park(
      ChannelHandlerContext context,
      Leadership leadership,
      SequenceState sequence,
      long request,
      int count) {
    if (sequence.exhausted(count)) {
      refuse(context, request, Operations.exhausted(sequence));
      return;
    }
    if (parked >= mostWaiting) {
      refuse(
          context,
          request,
          new LcsException(
              LcsError.OVERLOADED, parked + " requests wait already", "wait for answers"));
      return;
    }
    parked++;
    metrics.parked();
    sequence.park(
        () ->
            context.executor().execute(() -> unpark(context, leadership, sequence, request, count)),
        count);
  }

  private void unpark(
      ChannelHandlerContext context,
      Leadership leadership,
      SequenceState sequence,
      long request,
      int count) {
    parked--;
    if (!context.channel().isActive()) {
      return;
    }
    if (leadership.over()) {
      refuseAsFollower(context, request);
    } else {
      take(context, leadership, sequence, request, count);
    }
    settle(context);
    context.flush();
  }

  private void slowNext(ChannelHandlerContext context, long request, int id, int count) {
    answer(
        context,
        request,
        server.operations().find(id).thenCompose(s -> server.operations().next(s, count)),
        (to, range) -> {
          metrics.answered(1, range.count());
          Frames.numbers(to, request, range.first(), range.count());
        });
  }

  private void other(ChannelHandlerContext context, byte type, long request, ByteBuf in) {
    Operations operations = server.operations();
    switch (type) {
      case FrameType.WHO -> who(context, request);
      case FrameType.OPEN -> open(context, request, in);
      case FrameType.CURRENT ->
          answer(
              context,
              request,
              operations.find(in.readInt()).thenCompose(operations::current),
              (to, value) -> Frames.value(to, request, value));
      case FrameType.RAISE -> {
        int id = in.readInt();
        long value = in.readLong();
        boolean force = in.readBoolean();
        answer(
            context,
            request,
            operations.find(id).thenCompose(s -> operations.raise(s, value, force)),
            (to, next) -> Frames.value(to, request, next));
      }
      case FrameType.LIST -> {
        String after = Frames.text(in);
        answerLarge(
            context,
            request,
            () -> operations.list(after, LISTED_AT_ONCE + 1),
            (to, all) -> listed(to, request, all));
      }
      case FrameType.STATUS ->
          answerLarge(
              context,
              request,
              () -> CompletableFuture.completedFuture(server.statusText()),
              (to, text) -> {
                int begun = Frames.begin(to, FrameType.STATUS_TEXT, request);
                Frames.text(to, text);
                Frames.end(to, begun);
              });
      case FrameType.TRANSFER ->
          answer(
              context,
              request,
              operations.transfer(Frames.text(in)),
              (to, term) -> Frames.value(to, request, term));
      default -> {
        badFrame(context, "a frame of type " + type);
        stopReading();
      }
    }
  }

  private void open(ChannelHandlerContext context, long request, ByteBuf in) {
    String name = Frames.text(in);
    int create = in.readByte();
    int kind = in.readByte();
    long first = in.readLong();
    long last = in.readLong();
    Optional<SequencePolicy> wanted;
    try {
      wanted =
          create == 1
              ? Optional.of(new SequencePolicy(SequencePolicy.Kind.of(kind), first, last))
              : Optional.empty();
    } catch (LcsException e) {
      refuse(context, request, e);
      return;
    }
    answer(
        context,
        request,
        server.operations().open(name, wanted, create == 1 || (create == 2 && options.create())),
        (to, sequence) -> {
          int begun = Frames.begin(to, FrameType.OPENED, request);
          to.writeInt(sequence.id());
          Frames.end(to, begun);
        });
  }

  private static void listed(ByteBuf to, long request, List<SequenceInfo> all) {
    int begun = Frames.begin(to, FrameType.LISTED, request);
    boolean more = all.size() > LISTED_AT_ONCE;
    List<SequenceInfo> page = more ? all.subList(0, LISTED_AT_ONCE) : all;
    to.writeBoolean(more).writeShort(page.size());
    for (SequenceInfo one : page) {
      Frames.text(to, one.name());
      to.writeByte(one.policy().kind().code());
      to.writeLong(one.policy().first()).writeLong(one.policy().last());
      to.writeLong(one.next()).writeLong(one.limit());
    }
    Frames.end(to, begun);
  }

  /** Writes what comes later, and was looked at under the lease already. */
  private <T> void answer(
      ChannelHandlerContext context,
      long request,
      CompletableFuture<T> answer,
      BiConsumer<ByteBuf, T> writer) {
    if (mayWait(context, request)) {
      answer(context, request, answer, writer, () -> {});
    }
  }

  /** The same for what is many times as long as its question: it is made when its turn comes. */
  private <T> void answerLarge(
      ChannelHandlerContext context,
      long request,
      Supplier<CompletableFuture<T>> question,
      BiConsumer<ByteBuf, T> writer) {
    if (mayWait(context, request)) {
      large.add(
          () ->
              answer(
                  context,
                  request,
                  asked(question),
                  writer,
                  () -> {
                    largeUnderWay = false;
                    nextLarge(context);
                  }));
      nextLarge(context);
    }
  }

  /** Whoever comes next must not wait for one that couldn't even be asked. */
  private static <T> CompletableFuture<T> asked(Supplier<CompletableFuture<T>> question) {
    try {
      return question.get();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void nextLarge(ChannelHandlerContext context) {
    if (!largeUnderWay && context.channel().isWritable() && !large.isEmpty()) {
      largeUnderWay = true;
      large.poll().run();
    }
  }

  /** One more, of which there may be so many. */
  private boolean mayWait(ChannelHandlerContext context, long request) {
    if (parked >= mostWaiting) {
      refuse(
          context,
          request,
          new LcsException(
              LcsError.OVERLOADED, parked + " requests wait already", "wait for answers"));
      return false;
    }
    parked++;
    return true;
  }

  private <T> void answer(
      ChannelHandlerContext context,
      long request,
      CompletableFuture<T> answer,
      BiConsumer<ByteBuf, T> writer,
      Runnable then) {
    var unused =
        answer.whenCompleteAsync(
            (value, failure) -> {
              parked--;
              if (!context.channel().isActive()) {
                return;
              }
              if (failure != null) {
                refuse(context, request, Operations.known(failure));
                settle(context);
              } else {
                settle(context);
                ByteBuf alone = context.alloc().ioBuffer();
                writer.accept(alone, value);
                write(context, alone);
              }
              context.flush();
              then.run();
            },
            context.executor());
  }

  private void refuse(ChannelHandlerContext context, long request, LcsException why) {
    metrics.refused(why.error());
    Frames.error(
        out(context), request, why.error(), why.found(), why.remedy(), server.leaderAddress());
  }

  /** Thousands of these may come at once when leadership ends: no exception for each. */
  private void refuseAsFollower(ChannelHandlerContext context, long request) {
    metrics.refused(LcsError.NOT_LEADER);
    Frames.error(
        out(context),
        request,
        LcsError.NOT_LEADER,
        Operations.NOT_LEADING,
        Operations.ASK_LEADER,
        server.leaderAddress());
  }

  private void leave(ChannelHandlerContext context, long request, LcsException why) {
    refuse(context, request, why);
    end(context);
  }

  /** Nothing more is read, and the connection ends when what was written is gone. */
  private void end(ChannelHandlerContext context) {
    stopReading();
    settle(context);
    var unused =
        context.writeAndFlush(context.alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  protected void badFrame(ChannelHandlerContext context, String found) {
    leave(
        context,
        0,
        new LcsException(
            LcsError.FRAME_INVALID, found, "speak the protocol of docs/lcs.md, or use the SDK"));
  }

  private static void write(ChannelHandlerContext context, ByteBuf frames) {
    var unused = context.write(frames, context.voidPromise());
  }

  private ByteBuf out(ChannelHandlerContext context) {
    if (out == null) {
      out = context.alloc().ioBuffer(USUAL_ANSWERS);
    }
    return out;
  }

  @Override
  protected void framesEnd(ChannelHandlerContext context) {
    settle(context);
    context.flush();
  }

  /**
   * Lets answers go, if this server leads. Looked at after the numbers were taken: then nobody else
   * had given a larger number when these were taken, however late they are written. Without a lease
   * a majority is asked, once for all that wait.
   */
  private void settle(ChannelHandlerContext context) {
    ByteBuf ready = out;
    Leadership leadership = madeUnder;
    out = null;
    madeUnder = null;
    if (ready == null) {
      return;
    }
    int made = requests;
    long given = numbers;
    requests = 0;
    numbers = 0;
    if (made == 0) {
      write(context, ready);
    } else if (!options.strict() && leadership.mayAnswer()) {
      let(context, true, ready, made, given);
    } else if (leadership.mayConfirm()) {
      hold(context, leadership, ready, made, given);
    } else {
      let(context, false, ready, made, given);
    }
  }

  private void let(
      ChannelHandlerContext context, boolean may, ByteBuf ready, int made, long given) {
    if (may) {
      metrics.answered(made, given);
      write(context, ready);
    } else {
      metrics.refused(LcsError.NOT_LEADER, made);
      write(context, WithdrawnAnswers.withdraw(ready, server.leaderAddress()));
    }
  }

  private void hold(
      ChannelHandlerContext context, Leadership leadership, ByteBuf ready, int made, long given) {
    int bytes = ready.readableBytes();
    held += bytes;
    readOrNot(context);
    whenConfirmed(
        context,
        leadership,
        confirmed -> {
          held -= bytes;
          let(context, confirmed, ready, made, given);
          readOrNot(context);
        });
  }

  /** On the event loop again; what is written by then is flushed. */
  private void whenConfirmed(
      ChannelHandlerContext context, Leadership leadership, Consumer<Boolean> then) {
    server
        .gate()
        .hold(
            new StrictGate.Held() {
              @Override
              public Leadership madeUnder() {
                return leadership;
              }

              @Override
              public void let(boolean confirmed) {
                context
                    .executor()
                    .execute(
                        () -> {
                          then.accept(confirmed);
                          context.flush();
                        });
              }
            });
  }

  /**
   * Reads no more while the client doesn't read what it asked for, or while much of it is held
   * back.
   */
  private void readOrNot(ChannelHandlerContext context) {
    context.channel().config().setAutoRead(context.channel().isWritable() && held < MOST_HELD);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    readOrNot(context);
    nextLarge(context);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("connection of {}", context.channel().remoteAddress(), cause);
    var unused = context.close();
  }
}
