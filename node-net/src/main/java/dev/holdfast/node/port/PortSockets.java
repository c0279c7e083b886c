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
import org.xnio.StreamConnection;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;
import org.xnio.http.ExtendedHandshakeChecker;

/**
 * The one place where the api and peer ports get their sockets, listening and connecting: what
 * encrypts them is another of these. The raft port has {@code NodeLinks.Sockets}. Thread-safe.
 */
public interface PortSockets {
  /** Of the addresses of these ports. */
  Scheme scheme();

  /** Listens on the threads of a worker; accepting begins with {@code resumeAccepts}. */
  AcceptingChannel<StreamConnection> listen(
      XnioWorker worker,
      InetSocketAddress address,
      ChannelListener<? super AcceptingChannel<StreamConnection>> accept,
      OptionMap options)
      throws IOException;

  /** Adds a listener to a server that is not started yet. */
  Undertow.Builder listen(Undertow.Builder server, String host, int port, HttpHandler handler);

  /**
   * Connects, and asks for an upgrade. Returns at once; cancel it to give up.
   *
   * @param address {@code host:port}
   * @param checker of the headers of the answer
   */
  IoFuture<StreamConnection> upgrade(
      XnioWorker worker,
      String address,
      String path,
      Map<String, List<String>> headers,
      ExtendedHandshakeChecker checker);

  /** Plain TCP. */
  static PortSockets plain() {
    return new PlainPortSockets();
  }
}
