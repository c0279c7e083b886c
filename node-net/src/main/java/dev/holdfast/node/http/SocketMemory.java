// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What the clients of all sockets may make this node keep in memory together: messages that they do
 * not read, and requests that are under way. A limit per connection alone does not protect a heap
 * from many connections.
 *
 * <p>Above the limit of unread bytes, the connection with the most of them is cut off, and the
 * next, until there is room; that happens on a thread of its own, since who sends may hold locks.
 * Until then a sender may go on up to {@link #OVERFULL} of the limit; beyond it, its own connection
 * is cut off. Thread-safe.
 */
public final class SocketMemory {
  private static final long STANDARD_UNREAD_BYTES = 48 << 20;
  private static final long STANDARD_PENDING_BYTES = 48 << 20;

  /** Of the limit, in quarters. */
  private static final int OVERFULL = 5;

  private final long unreadBytesMax;
  private final long pendingBytesMax;
  private final Executor threads;
  private final Set<Account> accounts = ConcurrentHashMap.newKeySet();
  private final AtomicLong unread = new AtomicLong();
  private final AtomicLong pending = new AtomicLong();
  private final AtomicLong cutOff = new AtomicLong();
  private final AtomicBoolean makingRoom = new AtomicBoolean();

  /**
   * @param unreadBytesMax of messages that were sent and that clients have not taken
   * @param pendingBytesMax of messages whose requests are not answered
   */
  public SocketMemory(long unreadBytesMax, long pendingBytesMax) {
    this(
        unreadBytesMax,
        pendingBytesMax,
        task -> Thread.ofVirtual().name("socket-memory").start(task));
  }

  SocketMemory(long unreadBytesMax, long pendingBytesMax, Executor threads) {
    this.unreadBytesMax = unreadBytesMax;
    this.pendingBytesMax = pendingBytesMax;
    this.threads = threads;
  }

  /** With the limits that a node has by default. */
  public static SocketMemory standard() {
    return new SocketMemory(STANDARD_UNREAD_BYTES, STANDARD_PENDING_BYTES);
  }

  /** For a new connection. */
  public Account open() {
    Account account = new Account();
    accounts.add(account);
    return account;
  }

  public long unreadBytes() {
    return unread.get();
  }

  public long pendingBytes() {
    return pending.get();
  }

  /** Connections that were cut off to make room. */
  public long cutOff() {
    return cutOff.get();
  }

  private void makeRoomSoon() {
    if (makingRoom.compareAndSet(false, true)) {
      threads.execute(this::makeRoom);
    }
  }

  private void makeRoom() {
    try {
      for (Account slowest = slowest(); slowest != null; slowest = slowest()) {
        cutOff.incrementAndGet();
        slowest.cut();
      }
    } finally {
      makingRoom.set(false);
    }
    if (slowest() != null) {
      makeRoomSoon(); // It was filled between the last look and the line above.
    }
  }

  /** Null when there is room, or nobody is left to cut off. */
  private @Nullable Account slowest() {
    if (unread.get() <= unreadBytesMax) {
      return null;
    }
    Account slowest = null;
    for (Account account : accounts) {
      if (account.bytes.get() > (slowest == null ? 0 : slowest.bytes.get())) {
        slowest = account;
      }
    }
    return slowest;
  }

  /** What one connection keeps in memory. */
  public final class Account {
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Runnable onCutOff = () -> {};
    private final AtomicLong bytes = new AtomicLong();
    private boolean over;

    private Account() {}

    /**
     * @param action frees what is unread, and closes; must not wait for anything
     */
    public void onCutOff(Runnable action) {
      onCutOff = action;
    }

    /** Messages were queued, or (negative) taken by the client or dropped. Only counts. */
    public void unread(long deltaBytes) {
      long all;
      lock.lock();
      try {
        if (over) {
          return; // All of it is on its way out, and counted as gone.
        }
        bytes.addAndGet(deltaBytes);
        all = unread.addAndGet(deltaBytes);
      } finally {
        lock.unlock();
      }
      if (deltaBytes > 0 && all > unreadBytesMax) {
        makeRoomSoon();
      }
    }

    /** Whether all together have so much that a sender must not wait for room to be made. */
    public boolean isOverfull() {
      return unread.get() > unreadBytesMax / 4 * OVERFULL && bytes.get() > 0;
    }

    /**
     * For a message whose requests begin.
     *
     * @return false when there is no room for it: answer that instead
     */
    public boolean begin(long messageBytes) {
      if (pending.addAndGet(messageBytes) <= pendingBytesMax) {
        return true;
      }
      pending.addAndGet(-messageBytes);
      return false;
    }

    /** All requests of a message that {@link #begin} let in are answered. */
    public void end(long messageBytes) {
      pending.addAndGet(-messageBytes);
    }

    /** The connection has ended, and keeps nothing. */
    public void close() {
      var _ = end();
    }

    private void cut() {
      if (end()) {
        onCutOff.run();
      }
    }

    private boolean end() {
      lock.lock();
      try {
        if (over) {
          return false;
        }
        over = true;
        unread.addAndGet(-bytes.getAndSet(0));
      } finally {
        lock.unlock();
      }
      accounts.remove(this);
      return true;
    }
  }
}
