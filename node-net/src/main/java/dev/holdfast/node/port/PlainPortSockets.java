// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.port;

import dev.holdfast.protocol.Scheme;
import io.undertow.Undertow;
import io.undertow.server.HttpHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.xnio.ChannelListener;
import org.xnio.IoFuture;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;
import org.xnio.http.ExtendedHandshakeChecker;
import org.xnio.http.HttpUpgrade;

/** Sockets that encrypt nothing. */
final class PlainPortSockets implements PortSockets {
  @Override
  public Scheme scheme() {
    return Scheme.HTTP;
  }

  @Override
  public AcceptingChannel<StreamConnection> listen(
      XnioWorker worker,
      InetSocketAddress address,
      ChannelListener<? super AcceptingChannel<StreamConnection>> accept,
      OptionMap options)
      throws IOException {
    return worker.createStreamConnectionServer(address, accept, options);
  }

  @Override
  public Undertow.Builder listen(
      Undertow.Builder server, String host, int port, HttpHandler handler) {
    return server.addHttpListener(port, host, handler);
  }

  @Override
  public IoFuture<StreamConnection> upgrade(
      XnioWorker worker,
      String address,
      String path,
      Map<String, List<String>> headers,
      ExtendedHandshakeChecker checker) {
    return HttpUpgrade.performUpgrade(
        worker,
        null,
        scheme().uri(address + path),
        headers,
        null,
        null,
        OptionMap.create(Options.TCP_NODELAY, true),
        checker);
  }
}
