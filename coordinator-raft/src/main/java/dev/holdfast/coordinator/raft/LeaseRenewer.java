// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.support.LocalLease;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.ratis.protocol.RaftPeerId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This node's own lease: opened by a log entry, then renewed by questions to the leader. */
final class LeaseRenewer implements NodeLease, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseRenewer.class);

  /** Renewals within one TTL. */
  private static final int RENEWALS = 4;

  /** What the clocks of two nodes may differ in speed, and what a reply may take to be believed. */
  private static final int MARGIN_PARTS = 10;

  private static final long RETRY_MILLIS = 50;
  private static final long END_MILLIS_MAX = 1_000;

  private final RaftLink link;
  private final Proposer proposer;
  private final AppliedIndex applied;
  private final LongConsumer caughtUp;
  private final Fatality fatality;
  private final String nodeId;
  private final long ttlMillis;
  private final Supplier<CoordinatorFailedException> older;
  private final LocalLease lease;
  private final LongSupplier nanos;
  private final Thread thread;

  private volatile boolean closed;

  /** Whether this lease was ever proven to be alive. Owned by the renewing thread. */
  private boolean wasConnected;

  /**
   * @param older notes that the folder of this node is an older copy, and says so
   */
  LeaseRenewer(
      RaftLink link,
      Proposer proposer,
      AppliedIndex applied,
      LongConsumer caughtUp,
      Fatality fatality,
      String nodeId,
      long ttlMillis,
      Supplier<CoordinatorFailedException> older,
      LongSupplier nanos) {
    this.link = link;
    this.proposer = proposer;
    this.applied = applied;
    this.caughtUp = caughtUp;
    this.fatality = fatality;
    this.nodeId = nodeId;
    this.ttlMillis = ttlMillis;
    this.lease =
        new LocalLease(ttlMillis, nanos, e -> LOG.warn("A listener of the lease has failed", e));
    this.older = older;
    this.nanos = nanos;
    this.thread =
        Thread.ofPlatform().name("raft-lease-" + link.self()).daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  @Override
  public long id() {
    return lease.id();
  }

  @Override
  public State state() {
    return lease.state();
  }

  @Override
  public long ttlMillis() {
    return ttlMillis;
  }

  @Override
  public long surelyValidUntilNanos() {
    return lease.surelyValidUntilNanos();
  }

  @Override
  public long provenRevision() {
    return lease.provenRevision();
  }

  /** For how long no renewal has succeeded, as this process saw it try; 0 while connected. */
  long apartNanos() {
    return lease.apartNanos();
  }

  @Override
  public void onChange(Consumer<State> listener) {
    lease.onChange(listener);
  }

  private void run() {
    try {
      while (!closed) {
        if (lease.id() == 0 || lease.state() == State.LOST) {
          open();
        }
        boolean renewed = renew();
        Thread.sleep(renewed ? ttlMillis / RENEWALS : RETRY_MILLIS);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (CoordinatorFailedException e) {
      fatality.report(String.valueOf(e.getMessage()), e);
    } catch (RuntimeException e) {
      fatality.report("The renewal of the lease has failed", e);
    }
  }

  /** Waits as long as it takes: without a majority there is no lease. */
  private void open() throws InterruptedException {
    while (!closed) {
      try {
        Answer answer = proposer.submit(new Command.OpenLease(nodeId, ttlMillis)).get();
        if (answer instanceof Answer.LeaseOpened opened) {
          wasConnected = false;
          lease.opened(opened.lease(), ttlMillis, nanos.getAsLong());
          return;
        }
        // The answer to another command: this node has used the number of its batch before.
        throw older.get();
      } catch (CoordinatorFailedException e) {
        throw e;
      } catch (ExecutionException | CoordinatorException e) {
        LOG.debug("No lease yet: {}", e.toString());
        Thread.sleep(RETRY_MILLIS);
      }
    }
  }

  /** A renewal holds from the moment at which it was sent. */
  private boolean renew() throws InterruptedException {
    long sent = nanos.getAsLong();
    Question.Reply reply = ask();
    long until = sent + TimeUnit.MILLISECONDS.toNanos(ttlMillis - ttlMillis / MARGIN_PARTS);
    if (reply != null
        && reply.status() == Question.Status.OK
        && lease.renewed(lease.id(), until, reply.revision())) {
      wasConnected = true;
      var _ = applied.reach(reply.index()).thenRun(() -> caughtUp.accept(sent));
      return true;
    }
    boolean gone = reply != null && reply.status() == Question.Status.LEASE_GONE;
    if (gone || (wasConnected && lease.isOver())) {
      lease.lost();
    } else {
      lease.suspend();
    }
    return false;
  }

  private Question.@Nullable Reply ask() throws InterruptedException {
    try {
      RaftPeerId leader = link.leader();
      if (leader == null) {
        return null;
      }
      CompletableFuture<Question.Reply> reply =
          link.ask(leader, new Question.Renew(lease.id()).encode())
              .thenApply(Question.Reply::decode);
      return reply.get(ttlMillis / RENEWALS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException | CoordinatorException e) {
      LOG.debug("The lease was not renewed: {}", e.toString());
      return null;
    }
  }

  void stop() {
    closed = true;
    thread.interrupt();
  }

  /** Ends the lease as far as the network allows. */
  @Override
  public void close() {
    stop();
    long last = lease.id();
    if (last == 0) {
      return;
    }
    try {
      proposer.submit(new Command.EndLease(last)).get(END_MILLIS_MAX, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException | CoordinatorException e) {
      LOG.debug("The lease {} is left to expire: {}", last, e.toString());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    lease.lost();
  }
}
