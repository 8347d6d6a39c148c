package io.piplan.lcs.server;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.TooLongHttpContentException;

/**
 * Joins requests with their bodies. One whose body is too large goes on without it, and marked as
 * failed: by itself Netty would refuse it at once, before those that came earlier are answered.
 */
final class RequestBodies extends HttpObjectAggregator {
  private final int largest;

  RequestBodies(int largest) {
    super(largest);
    this.largest = largest;
  }

  /** Who asks first whether his body is wanted is refused like others, if it is too large. */
  @Override
  protected Object newContinueResponse(
      HttpMessage start, int maxContentLength, ChannelPipeline pipeline) {
    return HttpUtil.is100ContinueExpected(start) && HttpUtil.getContentLength(start, -1L) <= largest
        ? super.newContinueResponse(start, maxContentLength, pipeline)
        : null;
  }

  @Override
  protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
    HttpRequest begun = (HttpRequest) oversized;
    FullHttpRequest without =
        new DefaultFullHttpRequest(
            begun.protocolVersion(), begun.method(), begun.uri(), Unpooled.EMPTY_BUFFER);
    without.headers().set(begun.headers());
    if (HttpUtil.is100ContinueExpected(begun)) {
      // It may send its body all the same, or the next request in its place: nobody can tell.
      HttpUtil.setKeepAlive(without, false);
    }
    without.setDecoderResult(
        DecoderResult.failure(
            new TooLongHttpContentException("the body has more than " + largest + " bytes")));
    context.fireChannelRead(without);
  }
}
