// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.holdfast.node.port.PortSockets;
import io.undertow.UndertowOptions;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.HttpHandler;
import io.undertow.server.protocol.http.HttpOpenListener;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.BindException;
import java.net.InetSocketAddress;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

/** Undertow's HTTP/1.1 behind a {@link ConnectionGate}, which its own builder has no place for. */
final class ApiListener implements AutoCloseable {
  private static final int BUFFER_BYTES = 16 << 10;
  private static final int BACKLOG = 1_000;
  private static final int IO_THREADS = Math.max(2, Runtime.getRuntime().availableProcessors());

  private final XnioWorker worker;
  private final ByteBufferPool buffers;
  private final AcceptingChannel<StreamConnection> channel;
  private final ConnectionGate gate;

  private ApiListener(
      XnioWorker worker,
      ByteBufferPool buffers,
      AcceptingChannel<StreamConnection> channel,
      ConnectionGate gate) {
    this.worker = worker;
    this.buffers = buffers;
    this.channel = channel;
    this.gate = gate;
  }

  /**
   * @throws BindException the port is in use, or the address is not of this machine
   */
  static ApiListener start(
      HttpServer.Settings settings,
      PortSockets sockets,
      RequestMetrics metrics,
      HttpHandler handler)
      throws BindException {
    HttpLimits limits = settings.limits();
    XnioWorker worker;
    try {
      worker = Xnio.getInstance().createWorker(workerOptions());
    } catch (IOException e) {
      throw Listening.refused(settings.host(), settings.port(), "--api HOST:PORT", e);
    }
    ByteBufferPool buffers = new DefaultByteBufferPool(true, BUFFER_BYTES, -1, 4);
    HttpOpenListener http = new HttpOpenListener(buffers, undertowOptions(limits));
    http.setRootHandler(handler);
    int allowed = Math.min(limits.connections(), descriptorsForConnections());
    ConnectionGate gate = new ConnectionGate(allowed, perAddress(limits, allowed), metrics, http);
    try {
      AcceptingChannel<StreamConnection> channel =
          sockets.listen(
              worker,
              new InetSocketAddress(settings.host(), settings.port()),
              ChannelListeners.openListenerAdapter(gate),
              socketOptions());
      channel.resumeAccepts();
      return new ApiListener(worker, buffers, channel, gate);
    } catch (IOException | RuntimeException e) {
      worker.shutdownNow();
      buffers.close();
      throw Listening.refused(settings.host(), settings.port(), "--api HOST:PORT", e);
    }
  }

  private static OptionMap workerOptions() {
    return OptionMap.builder()
        .set(Options.WORKER_NAME, "api")
        .set(Options.WORKER_IO_THREADS, IO_THREADS)
        .set(Options.WORKER_TASK_CORE_THREADS, 1)
        .set(Options.WORKER_TASK_MAX_THREADS, 1)
        .set(Options.TCP_NODELAY, true)
        .getMap();
  }

  private static OptionMap socketOptions() {
    return OptionMap.builder()
        .set(Options.WORKER_IO_THREADS, IO_THREADS)
        .set(Options.TCP_NODELAY, true)
        .set(Options.REUSE_ADDRESSES, true)
        .set(Options.BACKLOG, BACKLOG)
        .getMap();
  }

  private static OptionMap undertowOptions(HttpLimits limits) {
    return OptionMap.builder()
        .set(UndertowOptions.BUFFER_PIPELINED_DATA, true)
        .set(UndertowOptions.ENABLE_HTTP2, false)
        .set(UndertowOptions.MAX_HEADER_SIZE, limits.headerBytes())
        .set(UndertowOptions.MAX_HEADERS, limits.headers())
        .set(UndertowOptions.REQUEST_PARSE_TIMEOUT, (int) limits.headersTimeout().toMillis())
        .set(UndertowOptions.NO_REQUEST_TIMEOUT, (int) limits.idleTimeout().toMillis())
        .set(UndertowOptions.MAX_ENTITY_SIZE, -1L)
        .set(UndertowOptions.DECODE_URL, false)
        .getMap();
  }

  /**
   * Where descriptors allow fewer connections than configured, one address gets the same share of
   * them: else the limit for all would be met first, and one stranger could keep everybody out.
   */
  static int perAddress(HttpLimits limits, int allowed) {
    long share = (long) limits.connectionsPerAddress() * allowed / limits.connections();
    return (int) Math.max(1, Math.min(limits.connectionsPerAddress(), share));
  }

  /** Half of them: the rest is for the log, the store, the peers and the Raft. */
  private static int descriptorsForConnections() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? (int) Math.min(Integer.MAX_VALUE, Math.max(2, unix.getMaxFileDescriptorCount() / 2))
        : Integer.MAX_VALUE;
  }

  InetSocketAddress address() {
    return channel.getLocalAddress(InetSocketAddress.class);
  }

  int connections() {
    return gate.open();
  }

  /** Stops accepting and closes all connections. */
  @Override
  public void close() {
    IoUtils.safeClose(channel);
    worker.shutdownNow();
    buffers.close();
  }
}
