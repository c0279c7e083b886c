// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.coordinator.WatchListener;
import dev.holdfast.testkit.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The faults that a test may cause. The promises themselves are in the contract. */
final class InMemoryClusterTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration TTL = Duration.ofSeconds(3);
  private static final EntryKey KEY = new EntryKey("test/a");

  private final AtomicLong clock = new AtomicLong(1_000);
  private final InMemoryCluster cluster = new InMemoryCluster(clock::get, TTL, 4);
  private final Coordinator n1 = cluster.open("n1");
  private final Coordinator n2 = cluster.open("n2");

  @AfterEach
  void close() {
    cluster.close();
  }

  private static long put(Coordinator node, String value) {
    return committed(node, new Change.Put(KEY, Bytes.utf8(value)));
  }

  private static long committed(Coordinator node, Change change) {
    CommitResult result = node.commit(new Transaction(List.of(), List.of(change)), SOON);
    return ((CommitResult.Committed) result).revision();
  }

  private void pass(Duration time) {
    clock.addAndGet(time.toNanos());
    cluster.tick();
  }

  @Test
  void aLaggingNodeReadsOldLocallyWhileLinearizableReadsWait() throws Exception {
    put(n1, "old");
    cluster.lag("n2");
    put(n1, "new");
    clock.addAndGet(Duration.ofMillis(700).toNanos());

    assertThat(value(n2.readLocal(KEY).observation())).isEqualTo("old");
    assertThat(n2.readLocal(KEY).ageMillis()).isEqualTo(700);
    assertThat(n2.status().lagEntries()).isEqualTo(1);
    assertThatThrownBy(() -> n2.read(KEY, Duration.ofMillis(1)))
        .isInstanceOf(UnavailableException.class);
    CompletableFuture<Observation> waiting =
        CompletableFuture.supplyAsync(() -> n2.read(KEY, SOON));
    cluster.catchUp("n2");

    assertThat(value(waiting.get())).isEqualTo("new");
    assertThat(n2.readLocal(KEY).ageMillis()).isZero();
  }

  @Test
  void aLaggingNodeAppliesStepByStep() {
    cluster.lag("n2");
    put(n1, "1");
    put(n1, "2");

    assertThat(cluster.step("n2")).isTrue();
    assertThat(value(n2.readLocal(KEY).observation())).isEqualTo("1");
    assertThat(cluster.step("n2")).isTrue();
    assertThat(cluster.step("n2")).isFalse();
    assertThat(value(n2.read(KEY, Duration.ZERO))).isEqualTo("2");
  }

  @Test
  void aNodeThatIsFarBehindGetsACopyAndAsksForAScan() {
    Recorder recorder = new Recorder();
    cluster.lag("n2");
    Coordinator.Watch watch = n2.watch("test/", recorder);
    for (int i = 0; i <= MemoryNode.BEHIND_MAX; i++) {
      put(n1, "v" + i);
    }

    cluster.catchUp("n2");

    Await.until(SOON, "resync", () -> recorder.resyncs.get() == 1);
    assertThat(value(n2.read(KEY, Duration.ZERO))).isEqualTo("v" + MemoryNode.BEHIND_MAX);
    watch.close();
  }

  @Test
  void aPartitionedNodeReadsOnlyLocally() {
    put(n1, "old");
    cluster.partition("n2", CommitFate.UNAVAILABLE);
    put(n1, "new");

    assertThat(value(n2.readLocal(KEY).observation())).isEqualTo("old");
    assertThatThrownBy(() -> n2.read(KEY, SOON)).isInstanceOf(UnavailableException.class);
    assertThatThrownBy(() -> put(n2, "x")).isInstanceOf(UnavailableException.class);
    cluster.heal("n2");
    assertThat(value(n2.read(KEY, SOON))).isEqualTo("new");
  }

  @Test
  void anUnknownCommitHasTheEffectThatTheTestChose() {
    cluster.nextCommit("n1", CommitFate.UNKNOWN_NOT_APPLIED);
    cluster.nextCommit("n1", CommitFate.UNKNOWN_APPLIED);
    cluster.nextCommit("n1", CommitFate.UNKNOWN_APPLIED_LATER);

    assertThatThrownBy(() -> put(n1, "1")).isInstanceOf(OutcomeUnknownException.class);
    assertThat(n2.read(KEY, SOON).isPresent()).isFalse();
    assertThatThrownBy(() -> put(n1, "2")).isInstanceOf(OutcomeUnknownException.class);
    assertThat(value(n2.read(KEY, SOON))).isEqualTo("2");
    assertThatThrownBy(() -> put(n1, "3")).isInstanceOf(OutcomeUnknownException.class);
    assertThat(value(n2.read(KEY, SOON))).isEqualTo("2");
    cluster.deliverLate("n1");
    assertThat(value(n2.read(KEY, SOON))).isEqualTo("3");
    put(n1, "4");
    assertThat(value(n2.read(KEY, SOON))).isEqualTo("4");
  }

  @Test
  void aPartitionedNodeIsSuspendedThenLostBeforeTheClusterEndsItsLease() {
    long id = n2.lease().id();
    committed(n2, new Change.PutLeased(KEY, Bytes.utf8("x")));
    cluster.partition("n2", CommitFate.UNAVAILABLE);
    assertThat(n2.lease().state()).isEqualTo(NodeLease.State.SUSPENDED);

    pass(Duration.ofMillis(2_700));
    assertThat(n2.lease().state()).isEqualTo(NodeLease.State.LOST);
    assertThat(n1.read(KEY, SOON).isPresent()).as("the cluster still waits").isTrue();

    pass(Duration.ofMillis(300));
    assertThat(n1.read(KEY, SOON).isPresent()).isFalse();
    assertThat(n1.lease().state()).isEqualTo(NodeLease.State.CONNECTED);

    cluster.heal("n2");
    assertThat(n2.lease().state()).isEqualTo(NodeLease.State.CONNECTED);
    assertThat(n2.lease().id()).isNotEqualTo(id);
  }

  @Test
  void theFloorOfForgottenDeletionsRises() {
    long first = committed(n1, new Change.Delete(new EntryKey("test/0")));
    for (int i = 1; i <= 4; i++) {
      committed(n1, new Change.Delete(new EntryKey("test/" + i)));
    }
    EntryKey never = new EntryKey("test/never");

    Observation seen = n1.read(never, SOON);

    assertThat(seen.lastDeleted()).as("stricter, never laxer").isEqualTo(first);
    assertThat(n1.read(new EntryKey("test/4"), SOON).lastDeleted()).isEqualTo(first + 4);
    Transaction late =
        new Transaction(
            List.of(new Condition.AbsentSince(never, first - 1)),
            List.of(new Change.Put(never, Bytes.EMPTY)));
    assertThat(n1.commit(late, SOON)).isInstanceOf(CommitResult.Conflict.class);
    Transaction renewed = new Transaction(List.of(seen.unchanged()), late.changes());
    assertThat(n1.commit(renewed, SOON)).isInstanceOf(CommitResult.Committed.class);
  }

  @Test
  void aWatchThatFallsBehindIsAskedToScan() {
    CountDownLatch release = new CountDownLatch(1);
    Recorder recorder = new Recorder();
    recorder.gate = release;
    Coordinator.Watch watch = n1.watch("test/", recorder);

    for (int i = 0; i < 2 * MemoryWatch.CALLS_WAITING_MAX; i++) {
      put(n1, "v" + i);
    }
    release.countDown();

    Await.until(SOON, "resync", () -> recorder.resyncs.get() > 0);
    long last = put(n1, "last");
    Await.until(SOON, "it goes on", () -> recorder.last.get() == last);
    watch.close();
  }

  @Test
  void aForcedResyncAndAChangeOfLeaderAreSeen() {
    Recorder recorder = new Recorder();
    Coordinator.Watch watch = n1.watch("test/", recorder);
    long term = n1.status().term();

    cluster.resync("n1");
    cluster.changeLeader("n2");

    Await.until(SOON, "resync", () -> recorder.resyncs.get() == 1);
    assertThat(n1.status().leader()).isEqualTo("n2");
    assertThat(n1.status().term()).isGreaterThan(term);
    watch.close();
  }

  private static String value(Observation seen) {
    assertThat(seen.entry()).isNotNull();
    return seen.entry() == null ? "" : seen.entry().value().toUtf8();
  }

  private static final class Recorder implements WatchListener {
    final AtomicInteger resyncs = new AtomicInteger();
    final AtomicLong last = new AtomicLong();
    volatile CountDownLatch gate = new CountDownLatch(0);

    @Override
    public void started(long revision) {}

    @Override
    public void changed(List<Observation> observations) {
      Await.get(() -> {
        gate.await();
        return true;
      });
      last.set(observations.getLast().revision());
    }

    @Override
    public void resync(long revision) {
      resyncs.incrementAndGet();
    }
  }
}
