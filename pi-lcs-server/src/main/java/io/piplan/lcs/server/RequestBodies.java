package io.piplan.lcs.server;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;

/**
 * Joins requests with their bodies. One whose body isn't taken goes on without it, and marked as
 * failed: by itself Netty would refuse it at once, before those that came earlier are answered.
 */
final class RequestBodies extends HttpObjectAggregator {
  /** So many times as much as is taken is thrown away, for the next request that is behind it. */
  private static final int THROWN_AWAY = 16;

  private final int largest;

  /** Why a body wasn't taken: what such a request is marked with. */
  static final class NotTaken extends Exception {
    private static final long serialVersionUID = 1L;

    private final HttpResponseStatus status;
    private final String remedy;

    private NotTaken(HttpResponseStatus status, String found, String remedy) {
      super(found, null, false, false);
      this.status = status;
      this.remedy = remedy;
    }

    HttpResponseStatus status() {
      return status;
    }

    String remedy() {
      return remedy;
    }
  }

  RequestBodies(int largest) {
    super(largest);
    this.largest = largest;
  }

  /** Who asks first whether his body is wanted is refused like others, if it isn't. */
  @Override
  protected Object newContinueResponse(
      HttpMessage start, int maxContentLength, ChannelPipeline pipeline) {
    return HttpUtil.is100ContinueExpected(start) && HttpUtil.getContentLength(start, -1L) <= largest
        ? super.newContinueResponse(start, maxContentLength, pipeline)
        : null;
  }

  /** What is expected may be said before the body comes, so that isn't waited for. */
  @Override
  protected boolean isContentLengthInvalid(HttpMessage start, int maxContentLength) {
    return expectsWhatIsUnknown(start) || super.isContentLengthInvalid(start, maxContentLength);
  }

  private static boolean expectsWhatIsUnknown(HttpMessage start) {
    return start.decoderResult().isSuccess()
        && start.protocolVersion().compareTo(HttpVersion.HTTP_1_1) >= 0
        && start.headers().contains(HttpHeaderNames.EXPECT)
        && !HttpUtil.is100ContinueExpected(start);
  }

  @Override
  protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
    HttpRequest begun = (HttpRequest) oversized;
    FullHttpRequest without =
        new DefaultFullHttpRequest(
            begun.protocolVersion(), begun.method(), begun.uri(), Unpooled.EMPTY_BUFFER);
    without.headers().set(begun.headers());
    long length = HttpUtil.getContentLength(begun, Long.MAX_VALUE);
    if (begun.headers().contains(HttpHeaderNames.EXPECT) || length > (long) THROWN_AWAY * largest) {
      // It may send its body all the same, or the next request in its place: nobody can tell. Or
      // that is as far away as it likes.
      HttpUtil.setKeepAlive(without, false);
    }
    without.setDecoderResult(
        DecoderResult.failure(
            expectsWhatIsUnknown(begun)
                ? new NotTaken(
                    HttpResponseStatus.EXPECTATION_FAILED,
                    "unknown is Expect: " + begun.headers().get(HttpHeaderNames.EXPECT),
                    "send Expect: 100-continue, or none")
                : new NotTaken(
                    HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
                    "the body has more than " + largest + " bytes",
                    "send less")));
    context.fireChannelRead(without);
  }
}
