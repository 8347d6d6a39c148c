package io.piplan.raft;

import org.apache.ratis.client.ClientFactory;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.netty.client.NettyClientRpc;
import org.apache.ratis.netty.server.NettyRpcService;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;

/** Ratis' Netty transport with {@link NettyLinks} between members. Ratis makes one by its name. */
final class NettyTransport implements RpcType {
  @Override
  public String name() {
    return NettyTransport.class.getName();
  }

  @Override
  public RpcFactory newFactory(Parameters parameters) {
    return new Factory();
  }

  private static final class Factory implements ServerFactory, ClientFactory {
    @Override
    public RpcType getRpcType() {
      return SupportedRpcType.NETTY;
    }

    @Override
    public RaftServerRpc newRaftServerRpc(RaftServer server) {
      return new NettyLinks(NettyRpcService.newBuilder().setServer(server).build());
    }

    @Override
    public NettyClientRpc newRaftClientRpc(ClientId clientId, RaftProperties properties) {
      return new NettyClientRpc(clientId, properties);
    }
  }
}
