// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.ChannelListener;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.StreamSourceConduit;

/**
 * Counts open connections, all of them and those of each address. One beyond a limit is told so and
 * closed at once, on the thread that accepted it: strangers who open many cost a system call each,
 * and neither the accept loop nor other parts of the node run out of descriptors.
 */
final class ConnectionGate implements ChannelListener<StreamConnection> {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionGate.class);

  private static final byte[] REFUSAL =
      """
      HTTP/1.1 503 Service Unavailable\r
      Retry-After: 1\r
      Connection: close\r
      Content-Length: 0\r
      \r
      """
          .getBytes(StandardCharsets.US_ASCII);

  /** Of IPv6, whose owners have 2^64 addresses each, the part that tells them apart. */
  private static final int NETWORK_BYTES = 8;

  private final int max;
  private final int maxPerAddress;
  private final RequestMetrics metrics;
  private final ChannelListener<StreamConnection> next;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<ByteBuffer, Integer> byAddress = new HashMap<>();
  private int open;

  /** The address that was refused when it was logged; until it and all have half of it again. */
  private @Nullable ByteBuffer full;

  /**
   * @param next takes those that may stay
   */
  ConnectionGate(
      int max, int maxPerAddress, RequestMetrics metrics, ChannelListener<StreamConnection> next) {
    this.max = max;
    this.maxPerAddress = maxPerAddress;
    this.metrics = metrics;
    this.next = next;
  }

  @Override
  public void handleEvent(StreamConnection connection) {
    ByteBuffer address = address(connection);
    if (!enter(address)) {
      refuse(connection);
      return;
    }
    connection
        .getSourceChannel()
        .setConduit(
            new RequestLineWatch(
                new FirstRead(
                    connection.getSourceChannel().getConduit(),
                    () -> leaveAtClose(connection, address))));
    next.handleEvent(connection);
  }

  private boolean enter(ByteBuffer address) {
    lock.lock();
    try {
      int own = byAddress.getOrDefault(address, 0);
      if (open >= max || own >= maxPerAddress) {
        if (full == null) {
          full = address;
          LOG.warn(
              "{} connections are open, {} of them from one address: further ones are closed"
                  + " (http.connections is {}, http.connectionsPerAddress {})",
              open,
              own,
              max,
              maxPerAddress);
        }
        return false;
      }
      open++;
      byAddress.put(address, own + 1);
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void leave(ByteBuffer address) {
    lock.lock();
    try {
      open--;
      byAddress.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
      if (full != null && open <= max / 2 && byAddress.getOrDefault(full, 0) <= maxPerAddress / 2) {
        full = null;
      }
    } finally {
      lock.unlock();
    }
  }

  int open() {
    lock.lock();
    try {
      return open;
    } finally {
      lock.unlock();
    }
  }

  /** Best effort: who sends more than was read sees a reset instead. */
  private void refuse(StreamConnection connection) {
    try {
      connection.getSinkChannel().write(ByteBuffer.wrap(REFUSAL));
    } catch (IOException e) {
      LOG.debug("A refused client was gone", e);
    }
    IoUtils.safeClose(connection);
    metrics.answered("none", "connection", 503, 0);
  }

  /** Beside the listener of whoever owns the connection by now. */
  private void leaveAtClose(StreamConnection connection, ByteBuffer address) {
    @Nullable ChannelListener<? super StreamConnection> owner = connection.getCloseListener();
    connection.setCloseListener(closed -> {
      leave(address);
      ChannelListeners.invokeChannelListener(closed, owner);
    });
  }

  private static ByteBuffer address(StreamConnection connection) {
    InetSocketAddress peer = connection.getPeerAddress(InetSocketAddress.class);
    InetAddress address = peer == null ? null : peer.getAddress();
    if (address == null) {
      return ByteBuffer.allocate(0);
    }
    byte[] bytes = address.getAddress();
    return ByteBuffer.wrap(
        bytes, 0, address instanceof Inet6Address ? NETWORK_BYTES : bytes.length);
  }

  /**
   * Undertow takes the close listener when it takes the connection, and then reads at once: between
   * the two, and on its thread, is the moment to put another in front.
   */
  private static final class FirstRead extends AbstractStreamSourceConduit<StreamSourceConduit> {
    private @Nullable Runnable action;

    FirstRead(StreamSourceConduit next, Runnable action) {
      super(next);
      this.action = action;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      Runnable now = action;
      if (now != null) {
        action = null;
        now.run();
      }
      return super.read(target);
    }
  }
}
