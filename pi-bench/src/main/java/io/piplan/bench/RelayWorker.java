package io.piplan.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.piplan.lcs.wire.Transport;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * Hands bytes from a client to a server and back, a connection for a connection, and looks at none
 * of them: what a proxy on Netty can do at most on this machine.
 */
@Command(name = "relay-worker", hidden = true)
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel
final class RelayWorker implements Callable<Integer> {
  @Parameters(index = "0")
  private int port;

  @Parameters(index = "1")
  private int target;

  @Parameters(index = "2")
  private int loops;

  @Override
  public Integer call() throws InterruptedException {
    EventLoopGroup group = Transport.loops(loops, "relay");
    new ServerBootstrap()
        .group(group)
        .channel(Transport.serverChannel())
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.AUTO_READ, false)
        .childHandler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel client) {
                connect(client);
              }
            })
        .bind("127.0.0.1", port)
        .sync()
        .channel()
        .closeFuture()
        .sync();
    return 0;
  }

  private void connect(SocketChannel client) {
    new Bootstrap()
        .group(client.eventLoop())
        .channel(Transport.clientChannel())
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.AUTO_READ, false)
        .handler(new Side(client))
        .connect("127.0.0.1", target)
        .addListener(
            (ChannelFutureListener)
                connected -> {
                  if (!connected.isSuccess()) {
                    client.close();
                    return;
                  }
                  client.pipeline().addLast(new Side(connected.channel()));
                  client.config().setAutoRead(true);
                  connected.channel().config().setAutoRead(true);
                });
  }

  /** What comes from one side goes to the other. */
  private static final class Side extends ChannelInboundHandlerAdapter {
    private final Channel other;

    Side(Channel other) {
      this.other = other;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (other.isActive()) {
        other.write(message, other.voidPromise());
      } else {
        ReferenceCountUtil.release(message);
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      other.flush();
      if (!other.isWritable()) {
        context.channel().config().setAutoRead(false);
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      other.config().setAutoRead(context.channel().isWritable());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      other.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }
}
