// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.AbstractServerConnection;
import io.undertow.server.AbstractServerConnection.ConduitState;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.conduits.ConduitStreamSourceChannel;

/**
 * Notices that a client closed its connection while its request waits. Undertow stops reading until
 * the response is complete, so nobody would see the end of the stream: from the first question on,
 * the connection's reads are resumed here, and given back before the response begins. A client that
 * only shut down its sending side counts as gone, as it does for every proxy.
 */
final class ClientWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ClientWatch.class);

  private final HttpServerExchange exchange;
  private final AbstractServerConnection connection;
  private final ReentrantLock lock = new ReentrantLock();
  private final List<Runnable> actions = new ArrayList<>(1);
  private @Nullable ConduitState taken;
  private boolean stopped;
  private boolean gone;

  ClientWatch(HttpServerExchange exchange) {
    this.exchange = exchange;
    this.connection = (AbstractServerConnection) exchange.getConnection();
  }

  boolean isGone() {
    lock.lock();
    try {
      start();
      return gone || !connection.isOpen();
    } finally {
      lock.unlock();
    }
  }

  void onGone(Runnable action) {
    lock.lock();
    try {
      if (!isGone()) {
        actions.add(action);
        return;
      }
    } finally {
      lock.unlock();
    }
    action.run();
  }

  /** Gives the reads back to Undertow; from here on a failed write tells. */
  void stop() {
    lock.lock();
    try {
      stopped = true;
      if (taken != null) {
        ConduitStreamSourceChannel source = connection.getChannel().getSourceChannel();
        source.suspendReads();
        source.setReadListener(null);
        connection.restoreChannel(taken);
        taken = null;
      }
    } finally {
      lock.unlock();
    }
  }

  /** A write failed: whoever still waits is told. */
  void failed() {
    lock.lock();
    try {
      gone = true;
    } finally {
      lock.unlock();
    }
    tell();
  }

  /** Only once the body was read to its end, and while nothing of a next request is here. */
  private void start() {
    if (stopped
        || gone
        || taken != null
        || !exchange.isRequestComplete()
        || connection.getExtraBytes() != null) {
      return;
    }
    taken = connection.resetChannel();
    ConduitStreamSourceChannel source = connection.getChannel().getSourceChannel();
    source.setReadListener(this::readable);
    source.resumeReads();
  }

  /** On the connection's I/O thread. */
  private void readable(ConduitStreamSourceChannel source) {
    lock.lock();
    try {
      if (taken == null) {
        return;
      }
      source.suspendReads();
      gone = isAtEnd(source);
      if (!gone && connection.getExtraBytes() == null) {
        source.resumeReads();
      }
      if (!gone) {
        return;
      }
    } finally {
      lock.unlock();
    }
    tell();
  }

  /** What arrives early belongs to the next request of the same connection, and is kept for it. */
  private boolean isAtEnd(ConduitStreamSourceChannel source) {
    PooledByteBuffer pooled = connection.getByteBufferPool().allocate();
    boolean keep = false;
    try {
      int read = source.read(pooled.getBuffer());
      if (read > 0) {
        pooled.getBuffer().flip();
        connection.setExtraBytes(pooled);
        keep = true;
      }
      return read < 0;
    } catch (IOException e) {
      LOG.debug("The connection of a waiting request broke", e);
      return true;
    } finally {
      if (!keep) {
        pooled.close();
      }
    }
  }

  private void tell() {
    List<Runnable> now;
    lock.lock();
    try {
      now = List.copyOf(actions);
      actions.clear();
    } finally {
      lock.unlock();
    }
    if (!now.isEmpty()) {
      Thread.ofVirtual().name("client-gone").start(() -> now.forEach(Runnable::run));
    }
  }
}
