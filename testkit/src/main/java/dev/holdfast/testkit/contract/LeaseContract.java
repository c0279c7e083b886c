// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import static dev.holdfast.testkit.contract.ContractScript.absentSince;
import static dev.holdfast.testkit.contract.ContractScript.delete;
import static dev.holdfast.testkit.contract.ContractScript.put;
import static dev.holdfast.testkit.contract.ContractScript.putLeased;
import static dev.holdfast.testkit.contract.ContractScript.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.Observation;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The lease of a node, and the entries that end with it. */
interface LeaseContract extends ContractScript {

  default NodeLease connectedLease(int node) {
    NodeLease lease = node(node).lease();
    await(
        "node " + node + " has a lease",
        () -> lease.id() != 0 && lease.state() == NodeLease.State.CONNECTED);
    return lease;
  }

  @Test
  default void everyNodeHasALeaseOfItsOwn() {
    List<Long> ids = new ArrayList<>();
    for (int i = 0; i < backend().nodes(); i++) {
      ids.add(connectedLease(i).id());
    }

    assertThat(ids).doesNotHaveDuplicates();
  }

  @Test
  default void staysValidOnTheMonotonicClockByRenewal() {
    NodeLease lease = connectedLease(0);
    long ttlNanos = TimeUnit.MILLISECONDS.toNanos(lease.ttlMillis());
    long id = lease.id();
    long start = lease.surelyValidUntilNanos();
    committed(first(), putLeased(key("leased"), "x"));

    await(
        "renewals outlast the TTL",
        () -> {
          long until = lease.surelyValidUntilNanos();
          assertThat(until - System.nanoTime()).isLessThanOrEqualTo(ttlNanos);
          return until - start > ttlNanos;
        });

    assertThat(lease.surelyValidUntilNanos() - System.nanoTime()).isPositive();
    assertThat(lease.id()).isEqualTo(id);
    assertThat(text(entry(node(1), key("leased")))).isEqualTo("x");
  }

  @Test
  default void aRenewalProvesHowFarTheClusterIs() {
    NodeLease lease = connectedLease(1);

    long revision = committed(first(), put(key("a"), "x"));

    await("a renewal proves revision " + revision, () -> lease.provenRevision() >= revision);
  }

  @Test
  default void leasedEntriesGoWhenTheirNodeCloses() {
    assumeTrue(backend().canRestart() && backend().nodes() > 1);
    int leaver = backend().nodes() - 1;
    var _ = connectedLease(leaver);
    RecordingListener listener = new RecordingListener(prefix());
    Coordinator.Watch watch = first().watch(prefix(), listener);
    await("the watch starts", listener::isStarted);
    committed(node(leaver), putLeased(key("leased"), "x"), put(key("plain"), "x"));
    assertThat(text(entry(first(), key("leased")))).isEqualTo("x");

    backend().stop(leaver);
    try {
      await("the leased entry goes", () -> !read(first(), key("leased")).isPresent());
      await("the watch tells it", () -> isToldAsAbsent(listener, key("leased")));
      assertThat(text(entry(first(), key("plain")))).isEqualTo("x");
      long deleted = read(first(), key("leased")).lastDeleted();
      conflict(first(), List.of(absentSince(key("leased"), deleted - 1)), put(key("leased"), "y"));
    } finally {
      backend().start(leaver);
    }
    assertAbsent(node(leaver), key("leased"));
    assertThat(listener.breaches()).isEmpty();
    watch.close();
  }

  @Test
  default void leasedEntriesDoNotSurviveARestartOfTheirNode() {
    assumeTrue(backend().canRestart());
    long before = connectedLease(0).id();
    committed(first(), putLeased(key("leased"), "x"), put(key("plain"), "x"));

    backend().stop(0);
    backend().start(0);

    assertThat(connectedLease(0).id()).isNotEqualTo(before);
    await("the leased entry goes", () -> !read(first(), key("leased")).isPresent());
    assertThat(text(entry(first(), key("plain")))).isEqualTo("x");
  }

  @Test
  default void leasedEntriesGoWhenTheClusterEndsTheLease() {
    assumeTrue(backend().canEndLease());
    int victim = backend().nodes() - 1;
    NodeLease lease = connectedLease(victim);
    long before = lease.id();
    Queue<NodeLease.State> states = new ConcurrentLinkedQueue<>();
    lease.onChange(states::add);
    RecordingListener listener = new RecordingListener(prefix());
    Coordinator.Watch watch = first().watch(prefix(), listener);
    await("the watch starts", listener::isStarted);
    committed(node(victim), putLeased(key("leased"), "x"), put(key("plain"), "x"));

    backend().endLease(victim);

    await("the leased entry goes", () -> !read(first(), key("leased")).isPresent());
    await("the watch tells it", () -> isToldAsAbsent(listener, key("leased")));
    await("its node learns it", () -> states.contains(NodeLease.State.LOST));
    await("a new lease comes", () -> lease.id() != before && lease.id() != 0);
    assertThat(connectedLease(victim).id()).isNotEqualTo(before);
    assertThat(text(entry(first(), key("plain")))).isEqualTo("x");
    committed(node(victim), putLeased(key("leased"), "again"));
    assertThat(text(entry(first(), key("leased")))).isEqualTo("again");
    watch.close();
  }

  @Test
  default void theLastWriterDecidesWhoseAnEntryIs() {
    assumeTrue(backend().canEndLease() && backend().nodes() > 1);
    int victim = backend().nodes() - 1;
    NodeLease lease = connectedLease(victim);
    var _ = connectedLease(0);
    long before = lease.id();
    EntryKey freed = key("freed");
    EntryKey moved = key("moved");
    EntryKey remade = key("remade");
    EntryKey taken = key("taken");
    committed(node(victim), putLeased(freed, "1"), putLeased(moved, "1"), putLeased(remade, "1"));
    committed(first(), put(freed, "2"), putLeased(moved, "2"), delete(remade));
    committed(first(), put(remade, "2"), put(taken, "1"));
    committed(node(victim), putLeased(taken, "2"));

    backend().endLease(victim);

    await("the leased entry goes", () -> !read(first(), taken).isPresent());
    await("a new lease comes", () -> lease.id() != before && lease.id() != 0);
    for (EntryKey kept : List.of(freed, moved, remade)) {
      assertThat(text(entry(first(), kept))).isEqualTo("2");
    }
  }

  private static boolean isToldAsAbsent(RecordingListener listener, EntryKey key) {
    Observation latest = listener.latest(key);
    return latest != null && !latest.isPresent();
  }
}
