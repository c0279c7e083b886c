// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.coordinator.support.LocalLease;
import dev.holdfast.spi.system.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions of this process, one after another, on one thread: opens one, prepares the root,
 * makes the lease's znode, follows, renews, and starts over when the lease is lost. It is lost by
 * our own clock, or when the servers say so, whichever comes first; the old session is then closed
 * and never used again, whatever it might still be worth.
 */
final class ZkLink implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ZkLink.class);

  /** Renewals within the time that one is good for. */
  private static final int RENEWALS = 5;

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);

  private final Generation.Handles handles;
  private final ZkOptions options;
  private final ZkPaths paths;
  private final Mirror mirror;
  private final LocalLease lease;
  private final Root root;
  private final EnsembleProbe probe;
  private final Outage outage;
  private final Consumer<CoordinatorFailedException> onFatal;
  private final LongSupplier nanos;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile @Nullable ZkSession session;
  private volatile @Nullable CoordinatorFailedException failure;
  private volatile boolean closed;

  ZkLink(
      Generation.Handles handles,
      ZkOptions options,
      ZkPaths paths,
      Mirror mirror,
      LocalLease lease,
      Root root,
      EnsembleProbe probe,
      String name,
      Consumer<CoordinatorFailedException> onFatal,
      LongSupplier nanos) {
    this.handles = handles;
    this.options = options;
    this.paths = paths;
    this.mirror = mirror;
    this.lease = lease;
    this.root = root;
    this.probe = probe;
    this.outage = new Outage(options.connect(), nanos, LOG::warn);
    this.onFatal = onFatal;
    this.nanos = nanos;
    this.thread = Thread.ofPlatform().name("zk-session-" + name).daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  boolean isClosed() {
    return closed;
  }

  /** Whatever there is; null when there is none. */
  @Nullable ZkSession session() {
    return session;
  }

  /** Throws when this node takes no more work. */
  void check() {
    if (closed) {
      throw new UnavailableException("The coordinator is closed");
    }
    CoordinatorFailedException failed = failure;
    if (failed != null) {
      throw failed;
    }
  }

  /**
   * A session that is connected and loaded.
   *
   * @throws UnavailableException none until the deadline
   */
  ZkSession usable(Deadline deadline) throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        check();
        ZkSession now = session;
        if (now != null && now.isUsable()) {
          return now;
        }
        long left = deadline.leftNanos();
        if (left == 0) {
          throw new UnavailableException("No majority of the ZooKeeper servers answers");
        }
        var _ = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * How the zxids of what was read until now are told.
   *
   * @throws UnavailableException not known until the deadline
   */
  Revisions revisions(Deadline deadline) throws InterruptedException {
    if (!mirror.hears()) {
      var _ = usable(deadline);
    }
    return mirror.revisions();
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    try {
      while (!closed) {
        try {
          serve();
        } catch (CoordinatorFailedException e) {
          fail(e);
          return;
        } catch (CoordinatorException | IOException e) {
          TimeUnit.NANOSECONDS.sleep(outage.failed(reason(e)).toNanos());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      fail(new CoordinatorFailedException("The session with ZooKeeper has failed", e));
    }
  }

  private String reason(Exception failure) {
    boolean isForbidden =
        failure instanceof UnavailableException unavailable && Requests.isForbidden(unavailable);
    return failure.getMessage() + (isForbidden ? ". " + options.access().remedy() : "");
  }

  private void fail(CoordinatorFailedException reason) {
    if (closed) {
      return;
    }
    LOG.error("This process must end: {}", reason.getMessage());
    failure = reason;
    lease.lost();
    signal();
    Thread.ofPlatform().name("zk-fatal").start(() -> onFatal.accept(reason));
  }

  /** One session from its beginning to its end. */
  private void serve() throws IOException, InterruptedException {
    probe.require(options.connectionTimeout());
    ZkSession now =
        new ZkSession(
            handles, options, paths, mirror.feed(), this::signal, root::requireNotBehind, nanos);
    try {
      Deadline patience = Deadline.after(options.connectionTimeout().multipliedBy(2), nanos);
      Waiting.forAnswer(now.firstConnection(), patience);
      root.prepare(now.requests(), patience);
      Waiting.forAnswer(
          now.requests().create(paths.lease(now.id()), new byte[0], CreateMode.EPHEMERAL),
          patience);
      session = now;
      now.follow(Duration.ofMinutes(10));
      now.requireSound();
      openLease(now);
      outage.over();
      signal();
      keep(now);
      now.requireSound();
    } finally {
      lease.lost();
      session = null;
      now.close(closed ? CLOSE_PATIENCE : Duration.ofMillis(1));
    }
  }

  /**
   * Only when all is loaded, and proven again: the load may take longer than one proof is good for.
   */
  private void openLease(ZkSession now) throws InterruptedException {
    long sent = nanos.getAsLong();
    CompletableFuture<Code> answer = now.requests().answer();
    now.requests()
        .multi(List.of(Op.check(paths.lease(now.id()), -1)), (code, _) -> answer.complete(code));
    Requests.requireOk(
        Waiting.forAnswer(answer, Deadline.after(options.sessionTimeout(), nanos)), "the lease");
    lease.opened(now.id(), now.timeoutMillis(), surelyValidUntil(sent, now));
  }

  /**
   * The servers hear of a renewal with the next ping of the follower that this process is connected
   * to, at most one of their ticks later, and grant no session less than two ticks. So half of the
   * session's timeout is a margin of at least one tick, whatever the tick is (R3).
   */
  private static long surelyValidUntil(long sentNanos, ZkSession session) {
    return sentNanos + TimeUnit.MILLISECONDS.toNanos(session.timeoutMillis() / 2);
  }

  /** Until the lease is lost. */
  private void keep(ZkSession now) throws InterruptedException {
    long renewEvery = TimeUnit.MILLISECONDS.toNanos(now.timeoutMillis() / 2) / RENEWALS;
    while (!closed && !now.hasEnded()) {
      CompletableFuture<Code> renewal = renew(now);
      Code code = pause(renewal, renewEvery);
      if (code != Code.OK) {
        lease.suspend();
      }
      if (code == Code.NONODE || lease.isOver()) {
        LOG.warn("The lease {} of this node is lost", Long.toHexString(now.id()));
        return;
      }
      root.remember(mirror.newestBeat());
      probe.check();
    }
  }

  private CompletableFuture<Code> renew(ZkSession now) {
    CompletableFuture<Code> answer = new CompletableFuture<>();
    if (!now.isCurrent()) {
      answer.complete(Code.CONNECTIONLOSS);
      return answer;
    }
    long sent = nanos.getAsLong();
    now.requests()
        .multi(
            List.of(Op.check(paths.lease(now.id()), -1)),
            (code, _) -> {
              if (code == Code.OK) {
                long seen = mirror.seen();
                lease.renewed(
                    now.id(), surelyValidUntil(sent, now), mirror.revisions().revision(seen));
              }
              answer.complete(code);
            });
    return answer;
  }

  /** Waits for the answer and then for the rest of the period, or until something happens. */
  private Code pause(CompletableFuture<Code> renewal, long periodNanos)
      throws InterruptedException {
    long untilOver = Math.max(0, lease.surelyValidUntilNanos() - nanos.getAsLong());
    Deadline end = Deadline.after(Duration.ofNanos(Math.min(periodNanos, untilOver)), nanos);
    Code code = Code.OPERATIONTIMEOUT;
    try {
      code = Waiting.forAnswer(renewal, end);
    } catch (UnavailableException _) {
      return code;
    }
    lock.lock();
    try {
      ZkSession now = session;
      long left = end.leftNanos();
      while (left > 0 && !closed && now != null && !now.hasEnded()) {
        left = changed.awaitNanos(left);
        if (code != Code.OK && now.isCurrent()) {
          break;
        }
      }
    } finally {
      lock.unlock();
    }
    return code;
  }

  @Override
  public void close() {
    closed = true;
    signal();
    thread.interrupt();
    try {
      thread.join(CLOSE_PATIENCE.multipliedBy(2));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ZkSession last = session;
    if (last != null) {
      last.close(CLOSE_PATIENCE);
    }
    root.remember(mirror.newestBeat());
    lease.lost();
  }
}
