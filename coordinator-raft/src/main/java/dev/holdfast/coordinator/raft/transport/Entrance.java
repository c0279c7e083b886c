// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import dev.holdfast.spi.coordinator.NodeLinks;
import dev.holdfast.spi.coordinator.NodeLinks.Link;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where callers prove the cluster secret. Until then a caller has a virtual thread and some hundred
 * bytes, for a short time, and learns nothing. Platform threads and buffers exist only for those
 * who have passed.
 *
 * <p>When too many are unproven, the oldest of them goes rather than the new one: a node needs some
 * milliseconds here, and strangers that only stay cannot keep it out. Thread-safe.
 */
final class Entrance implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Entrance.class);

  static final Duration HANDSHAKE_MAX = Duration.ofSeconds(3);
  static final int UNPROVEN_MAX = 128;
  static final int UNPROVEN_PER_ADDRESS_MAX = 32;
  static final int PROVEN_MAX = 512;

  /** A whole cluster may run on one machine, with two connections from each node to each. */
  static final int PROVEN_PER_ADDRESS_MAX = 256;

  /** Whoever tries again and again fills no log. */
  private static final Duration WARNING_PAUSE = Duration.ofMinutes(1);

  private final NodeLinks links;
  private final Transport transport;
  private final Admission admission;
  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by the lock, as is what follows; the oldest first. */
  private final Map<Socket, InetAddress> unproven = new LinkedHashMap<>();

  private final Map<Socket, InetAddress> proven = new HashMap<>();
  private boolean closed;
  private final AtomicBoolean warned = new AtomicBoolean();

  /** Takes over a connection whose caller is known. On the thread of the handshake. */
  interface Admission {
    /**
     * @param ended to be run once when the connection has ended
     * @throws IOException it cannot be served; it is closed
     */
    void admit(Link link, Hello hello, Runnable ended) throws IOException;
  }

  Entrance(NodeLinks links, Transport transport, Admission admission) {
    this.links = links;
    this.transport = transport;
    this.admission = admission;
  }

  /** By the thread that accepts: never waits for the caller. */
  void enter(Socket raw) throws IOException {
    Socket evicted;
    lock.lock();
    try {
      if (closed) {
        raw.close();
        return;
      }
      evicted = tooMany(raw.getInetAddress());
      if (evicted != null) {
        unproven.remove(evicted);
      }
      unproven.put(raw, raw.getInetAddress());
    } finally {
      lock.unlock();
    }
    if (evicted != null) {
      transport.meter().count("raft.strangers.evicted", 1);
      close(evicted);
    }
    try {
      Thread.ofVirtual().name("raft-entrance-" + transport.self()).start(() -> run(raw));
    } catch (RuntimeException | Error e) {
      forget(raw);
      close(raw);
      throw e;
    }
  }

  /** Under the lock: the one that has to go when another one comes from there, or null. */
  private @Nullable Socket tooMany(InetAddress address) {
    Socket oldestThere = null;
    int there = 0;
    for (Map.Entry<Socket, InetAddress> one : unproven.entrySet()) {
      if (one.getValue().equals(address)) {
        oldestThere = oldestThere == null ? one.getKey() : oldestThere;
        there++;
      }
    }
    if (there >= UNPROVEN_PER_ADDRESS_MAX) {
      return oldestThere;
    }
    return unproven.size() >= UNPROVEN_MAX ? unproven.keySet().iterator().next() : null;
  }

  private void run(Socket raw) {
    boolean admitted = false;
    try {
      Link link;
      Hello hello;
      try (var _ = Timeouts.guard(HANDSHAKE_MAX, () -> close(raw))) {
        raw.setTcpNoDelay(true);
        link = links.sockets().accepted(raw);
        hello = transport.handshake().answer(link.data());
      }
      pass(raw);
      admission.admit(link, hello, () -> forget(raw));
      admitted = true;
    } catch (Handshake.StrangerException e) {
      transport.meter().count("raft.strangers", 1);
      warn(raw, e);
    } catch (IOException | RuntimeException e) {
      LOG.debug("A caller was not let in: {}", e.toString());
    } finally {
      if (!admitted) {
        forget(raw);
        close(raw);
      }
    }
  }

  /** From the unproven to the proven. */
  private void pass(Socket raw) throws IOException {
    lock.lock();
    try {
      InetAddress address = unproven.remove(raw);
      if (address == null || closed) {
        throw new IOException("It came too late");
      }
      long there = proven.values().stream().filter(address::equals).count();
      if (proven.size() >= PROVEN_MAX || there >= PROVEN_PER_ADDRESS_MAX) {
        throw new IOException(
            "There are %d connections of Raft servers, %d from %s; not more than %d and %d are served"
                .formatted(proven.size(), there, address, PROVEN_MAX, PROVEN_PER_ADDRESS_MAX));
      }
      proven.put(raw, address);
    } finally {
      lock.unlock();
    }
  }

  private void warn(Socket raw, IOException reason) {
    if (warned.compareAndSet(false, true)) {
      LOG.warn(
          "The caller at {} was not let in: {}. If that is a node of this cluster, give both the same"
              + " secret file; if not, keep strangers away from port {}",
          raw.getInetAddress(),
          reason.getMessage(),
          transport.listenPort());
      var _ = Timeouts.guard(WARNING_PAUSE, () -> warned.set(false));
    }
  }

  private void forget(Socket raw) {
    lock.lock();
    try {
      unproven.remove(raw);
      proven.remove(raw);
    } finally {
      lock.unlock();
    }
  }

  int unprovenCount() {
    lock.lock();
    try {
      return unproven.size();
    } finally {
      lock.unlock();
    }
  }

  private static void close(Socket raw) {
    try {
      raw.close();
    } catch (IOException e) {
      LOG.debug("A caller could not be hung up on: {}", e.toString());
    }
  }

  /** The unproven ones go; the others belong to those who serve them. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      unproven.keySet().forEach(Entrance::close);
      unproven.clear();
    } finally {
      lock.unlock();
    }
  }
}
