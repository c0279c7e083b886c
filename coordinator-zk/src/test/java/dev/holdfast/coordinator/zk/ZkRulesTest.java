// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.CommitResult.Committed;
import dev.holdfast.spi.coordinator.CommitResult.Conflict;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.LimitExceededException;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.WatchListener;
import dev.holdfast.spi.coordinator.support.WatchDelivery;
import dev.holdfast.spi.system.Deadline;
import dev.holdfast.testkit.Await;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.zookeeper.AsyncCallback;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each rule, with a link in between that can be held and cut. {@code far} is behind it. */
final class ZkRulesTest {
  private static final Duration DEADLINE = ZkNodes.DEADLINE;
  private static final EntryKey KEY = new EntryKey("thing/a");

  private final ZkServers servers = new ZkServers(1);
  private final LinkProxy proxy = new LinkProxy(servers.port(0));
  private final ZkNodes nodes = new ZkNodes();
  private ZkCoordinator near = nodes.open("near", servers.connect());
  private ZkCoordinator far = nodes.open("far", options(Map.of()), Plan.DATA_VERSION_MAX);

  private Map<String, String> options(Map<String, String> more) {
    Map<String, String> options = new HashMap<>(nodes.options(proxy.connect()));
    options.put("sessionTimeout", "9s");
    options.putAll(more);
    return options;
  }

  @BeforeEach
  void connects() {
    awaitConnected(near);
    awaitConnected(far);
  }

  private static void awaitConnected(Coordinator node) {
    Await.until(DEADLINE, "connected", () -> node.lease().state() == NodeLease.State.CONNECTED);
  }

  @AfterEach
  void closes() {
    proxy.hold(false, false);
    nodes.close();
    proxy.close();
    servers.close();
  }

  private static CommitResult commit(Coordinator node, List<Condition> conditions, Change... all) {
    return node.commit(new Transaction(conditions, List.of(all)), DEADLINE);
  }

  private static long put(Coordinator node, EntryKey key, String value) {
    return ((Committed) commit(node, List.of(), new Change.Put(key, Bytes.utf8(value)))).revision();
  }

  private static Entry entry(Coordinator node, EntryKey key) {
    return Objects.requireNonNull(node.read(key, DEADLINE).entry());
  }

  /** R1: applied, and the answer was lost: a blind retry would see a conflict with itself. */
  @Test
  void aCommitWhoseAnswerWasLostGetsItsFirstResult() {
    put(far, KEY, "one");
    long version = entry(far, KEY).version();
    proxy.hold(false, true);

    CompletableFuture<CommitResult> result =
        CompletableFuture.supplyAsync(() ->
            commit(
                far,
                List.of(new Condition.AtVersion(KEY, version)),
                new Change.Put(KEY, Bytes.utf8("two"))));
    Await.until(DEADLINE, "it is applied", () -> entry(near, KEY).value().toUtf8().equals("two"));
    proxy.cut();
    proxy.hold(false, false);

    assertThat(result.join()).isEqualTo(new Committed(entry(near, KEY).revision()));
  }

  /** R1: it never arrived, so it is applied once, on the connection that follows. */
  @Test
  void aCommitThatNeverArrivedIsAppliedOnce() {
    put(far, KEY, "one");
    long version = entry(far, KEY).version();
    proxy.hold(true, false);

    CompletableFuture<CommitResult> result =
        CompletableFuture.supplyAsync(() ->
            commit(
                far,
                List.of(new Condition.AtVersion(KEY, version)),
                new Change.Put(KEY, Bytes.utf8("two"))));
    proxy.cut();
    proxy.hold(false, false);

    assertThat(result.join()).isEqualTo(new Committed(entry(near, KEY).revision()));
  }

  @Test
  void aCommitThatCannotBeResolvedInTimeIsUnknown() {
    put(far, KEY, "one");
    proxy.hold(false, true);

    assertThatThrownBy(() ->
            far.commit(
                new Transaction(List.of(), List.of(new Change.Put(KEY, Bytes.utf8("two")))),
                Duration.ofMillis(500)))
        .isInstanceOf(OutcomeUnknownException.class);

    proxy.hold(false, false);
    Await.until(DEADLINE, "it goes on", () -> entry(far, KEY).value().toUtf8().equals("two"));
    put(far, KEY, "three");
  }

  /** R7: the data version is 0 again after a deletion, and only the bucket tells. */
  @Test
  void aStaleNodeDoesNotTakeAnEntryThatWasMadeAgainForTheOldOne() {
    put(near, KEY, "old");
    long version = entry(far, KEY).version();
    proxy.hold(false, true);
    commit(near, List.of(), new Change.Delete(KEY));
    put(near, KEY, "new");

    CompletableFuture<CommitResult> result =
        CompletableFuture.supplyAsync(() ->
            commit(
                far,
                List.of(new Condition.AtVersion(KEY, version)),
                new Change.Put(KEY, Bytes.utf8("late"))));
    proxy.hold(false, false);

    assertThat(result.join()).isInstanceOf(Conflict.class);
    assertThat(entry(near, KEY).value().toUtf8()).isEqualTo("new");
  }

  /** R7: long before 2³¹; here already at five. */
  @Test
  void anEntryIsMadeAgainBeforeItsDataVersionEnds() {
    nodes.stop("far");
    far = nodes.open("far", options(Map.of()), 5);
    Set<Long> versions = new HashSet<>();
    put(far, KEY, "start");
    for (int i = 0; i < 20; i++) {
      long version = entry(far, KEY).version();
      assertThat(versions.add(version)).isTrue();
      CommitResult result =
          commit(
              far,
              List.of(new Condition.AtVersion(KEY, version)),
              new Change.Put(KEY, Bytes.utf8("v" + i)));
      assertThat(result).isInstanceOf(Committed.class);
    }
    assertThat(entry(near, KEY).value().toUtf8()).isEqualTo("v19");
  }

  /** R3: lost by our own clock, while the servers still believe in us. */
  @Test
  void theLeaseIsLostBeforeTheServersEndTheSession() {
    commit(far, List.of(), new Change.PutLeased(KEY, Bytes.utf8("mine")));
    long before = far.lease().id();
    Queue<Boolean> entryAtLoss = new ConcurrentLinkedQueue<>();
    far.lease()
        .onChange(state -> {
          if (state == NodeLease.State.LOST) {
            entryAtLoss.add(near.read(KEY, DEADLINE).isPresent());
          }
        });

    proxy.hold(true, true);

    Await.until(DEADLINE, "the lease is lost", () -> !entryAtLoss.isEmpty());
    assertThat(entryAtLoss.peek()).isTrue();
    assertThat(far.lease().surelyValidUntilNanos() - System.nanoTime()).isNegative();
    Await.until(DEADLINE, "the entry goes", () -> !near.read(KEY, DEADLINE).isPresent());
    proxy.cut();
    proxy.hold(false, false);
    awaitConnected(far);
    assertThat(far.lease().id()).isNotEqualTo(before);
    put(far, KEY, "again");
  }

  /** With many entries a load takes its time, and the lease was lost before it was renewed. */
  @Test
  @SuppressWarnings("try") // ZooKeeper.close() may be interrupted, which is no matter here.
  void aLoadMayTakeLongerThanARenewalIsGoodFor() {
    Duration slow = Duration.ofMillis(2_500);

    ZkCoordinator node =
        nodes.open(
            "slow",
            nodes.options(servers.connect()),
            Plan.DATA_VERSION_MAX,
            (connect, timeout, watcher, config) ->
                new ZooKeeper(connect, timeout, watcher, false, config) {
                  @Override
                  public void getChildren(
                      String path,
                      boolean watch,
                      AsyncCallback.ChildrenCallback callback,
                      Object context) {
                    super.getChildren(
                        path,
                        watch,
                        (rc, at, ctx, names) -> {
                          if (path.endsWith("/live/entry")) {
                            long begun = System.nanoTime();
                            Await.until(
                                DEADLINE,
                                "it is slow",
                                () -> System.nanoTime() - begun > slow.toNanos());
                          }
                          callback.processResult(rc, at, ctx, names);
                        },
                        context);
                  }
                });

    assertThat(slow).isGreaterThan(Duration.ofSeconds(3).dividedBy(2));
    awaitConnected(node);
  }

  /** R6: what was changed while nobody told us is known after the reconnect. */
  @Test
  void aReconnectReadsAgainAndAsksTheWatchesToScan() {
    put(near, KEY, "one");
    put(near, new EntryKey("thing/gone"), "one");
    Await.until(DEADLINE, "told", () -> far.readLocal(KEY).observation().isPresent());
    AtomicInteger scans = new AtomicInteger();
    Coordinator.Watch watch =
        far.watch(
            "thing/",
            new WatchListener() {
              @Override
              public void started(long revision) {}

              @Override
              public void changed(List<Observation> observations) {}

              @Override
              public void resync(long revision) {
                scans.incrementAndGet();
              }
            });
    proxy.hold(true, true);
    put(near, KEY, "two");
    commit(near, List.of(), new Change.Delete(new EntryKey("thing/gone")));
    long made = put(near, new EntryKey("thing/made"), "one");
    proxy.cut();
    proxy.hold(false, false);

    Await.until(DEADLINE, "asked to scan", () -> scans.get() > 0);
    Await.until(DEADLINE, "applied", () -> far.status().appliedRevision() >= made);
    assertThat(far.scanLocal("thing/", null, 10).entries())
        .extracting(entry -> entry.key().value() + "=" + entry.value().toUtf8())
        .containsExactly("thing/a=two", "thing/made=one");
    watch.close();
  }

  /** R4: what this node has applied is no answer: it may be old. */
  @Test
  void aReadWaitsForProofInsteadOfAnsweringFromOldKnowledge() {
    put(near, KEY, "one");
    assertThat(entry(far, KEY).value().toUtf8()).isEqualTo("one");
    proxy.hold(false, true);
    put(near, KEY, "two");

    assertThat(far.readLocal(KEY).observation().entry())
        .satisfies(
            old -> assertThat(Objects.requireNonNull(old).value().toUtf8()).isEqualTo("one"));
    CompletableFuture<Entry> read = CompletableFuture.supplyAsync(() -> entry(far, KEY));
    proxy.hold(false, false);

    assertThat(read.join().value().toUtf8()).isEqualTo("two");
  }

  /** R9. */
  @Test
  void aNodeThatHasSeenMoreThanTheServersKnowRefusesThem() throws Exception {
    put(near, KEY, "one");
    nodes.stop("far");
    nodes.rememberRevision("far", Long.MAX_VALUE / 2);

    nodes.open("far", options(Map.of()), Plan.DATA_VERSION_MAX);

    Await.until(DEADLINE, "it must end", () -> !nodes.failures().isEmpty());
    assertThat(nodes.failures().element()).hasMessageContaining("commits are missing");
  }

  /**
   * As when a state moves to servers for the second time, and the chroot is named in the config.
   */
  @Test
  void aNodeOfAnotherClusterIsRefusedAtTheSameChroot() {
    long before = put(near, KEY, "one");
    try (ZkNodes others = new ZkNodes().ofCluster("another")) {
      others.open("near", options(Map.of("chroot", "/holdfast/test")), Plan.DATA_VERSION_MAX);

      Await.until(DEADLINE, "it must end", () -> !others.failures().isEmpty());
      assertThat(others.failures().element())
          .hasMessageContaining("/holdfast/test in ZooKeeper is not of cluster another")
          .hasMessageContaining("cluster test")
          .hasMessageContaining("Choose another with zookeeper.chroot");
    }
    assertThat(put(near, KEY, "two")).isGreaterThan(before);
  }

  /** R9: a node that has not heard of the raise commits nothing with an old number. */
  @Test
  void noNodeCommitsBelowARaisedRevision() throws Exception {
    long before = put(far, KEY, "one");
    proxy.hold(false, true);
    long base = before + (1L << 50);
    long raised = near.raiseRevision(base, DEADLINE);
    assertThat(raised).isGreaterThanOrEqualTo(base);
    String large = "2".repeat(100_000);
    long sentBytes = proxy.requestBytes();

    CompletableFuture<CommitResult> result =
        CompletableFuture.supplyAsync(() ->
            commit(
                far,
                List.of(new Condition.AtVersion(KEY, before)),
                new Change.Put(KEY, Bytes.utf8(large))));
    Await.until(DEADLINE, "it is sent", () -> proxy.requestBytes() > sentBytes + large.length());
    proxy.hold(false, false);

    long after = ((Committed) result.join()).revision();
    assertThat(after).isGreaterThan(raised);
    assertThat(entry(near, KEY).version()).isEqualTo(after);
    Await.until(DEADLINE, "proven", () -> far.lease().provenRevision() >= after);
    assertThat(far.status().appliedRevision()).isGreaterThanOrEqualTo(after);

    // Nor after a start, and it is not forgotten that an entry is older.
    EntryKey other = new EntryKey("thing/b");
    CommitResult late =
        commit(
            near,
            List.of(new Condition.AbsentSince(other, before)),
            new Change.Put(other, Bytes.EMPTY));
    assertThat(late).isInstanceOf(Committed.class);
    nodes.stop("far");
    far = nodes.open("far", options(Map.of()), Plan.DATA_VERSION_MAX);
    assertThat(entry(far, KEY)).isEqualTo(entry(near, KEY));
    assertThat(put(far, KEY, "three")).isGreaterThan(after);
    assertThat(far.raiseRevision(base, DEADLINE)).isGreaterThan(after);
  }

  /** R1: the node that raises may be told nothing. */
  @Test
  void aRaiseWhoseAnswerWasLostIsMadeOnce() {
    long base = put(far, KEY, "one") + 1_000_000;
    proxy.hold(false, true);
    CompletableFuture<Long> result =
        CompletableFuture.supplyAsync(() -> far.raiseRevision(base, DEADLINE));
    assertThatThrownBy(() -> far.raiseRevision(base + 1, Duration.ofMillis(200)))
        .isInstanceOf(CoordinatorException.class);
    proxy.cut();
    proxy.hold(false, false);

    assertThat(result.join()).isGreaterThanOrEqualTo(base);
    long after = put(near, KEY, "two");
    assertThat(after).isGreaterThan(base).isLessThan(base + 1_000_000);
  }

  /** Before, the request waited until its deadline, and a load for ever. */
  @Test
  void aZnodeOfAnUnknownFormatFailsAtOnceAndSaysWhich() throws Exception {
    EntryKey head = new EntryKey("object/photos/a");
    put(near, head, "v1");
    Requests requests = far.link().usable(Deadline.after(DEADLINE, System::nanoTime)).requests();
    ZkPaths paths = new ZkPaths("/holdfast/test");
    CompletableFuture<Code> written = new CompletableFuture<>();
    requests.set(paths.bucket(head), new byte[] {9}, -1, (code, _) -> written.complete(code));
    assertThat(written.join()).isEqualTo(Code.OK);

    assertThatThrownBy(() -> near.read(head, Duration.ofMinutes(5)))
        .isInstanceOf(CoordinatorFailedException.class)
        .hasMessageContaining("no format that this version knows");

    put(far, KEY, "one");
    requests.set(paths.entry(KEY), new byte[] {9, 9}, -1, (_, _) -> {});
    Await.until(DEADLINE, "both must end", () -> nodes.failures().size() == 2);
    assertThat(nodes.failures().element()).hasMessageContaining("thing/a");
    assertThatThrownBy(() -> near.read(KEY, Duration.ofMinutes(5)))
        .isInstanceOf(CoordinatorFailedException.class);
    nodes.open("third", servers.connect());
    Await.until(DEADLINE, "a load fails too", () -> nodes.failures().size() == 3);
  }

  @Test
  void headsOfObjectsAreReadAndScannedWithoutBeingFollowed() {
    EntryKey head = new EntryKey("object/photos/a b");
    assertThat(far.readLocal(head).ageMillis()).isNegative();
    long first = put(near, head, "v1");
    assertThat(entry(far, head).revision()).isEqualTo(first);
    assertThat(far.readLocal(head).ageMillis()).isNotNegative();
    CommitResult moved =
        commit(
            near,
            List.of(new Condition.AtVersion(head, first)),
            new Change.Put(head, Bytes.utf8("v2")));
    assertThat(moved).isInstanceOf(Committed.class);

    CommitResult late =
        commit(
            far,
            List.of(new Condition.AtVersion(head, first)),
            new Change.Put(head, Bytes.utf8("late")));

    assertThat(late).isInstanceOf(Conflict.class);
    assertThat(far.scan("object/", null, 10, DEADLINE).entries())
        .extracting(Entry::value)
        .containsExactly(Bytes.utf8("v2"));
    commit(near, List.of(), new Change.Delete(head));
    assertThat(far.read(head, DEADLINE).isPresent()).isFalse();
    assertThat(
            commit(
                far,
                List.of(new Condition.AbsentSince(head, first)),
                new Change.Put(head, Bytes.EMPTY)))
        .isInstanceOf(Conflict.class);
  }

  /** R4: another caller, who asked before, may remember its answer at any moment. */
  @Test
  void whatIsReadAnewIsNotWhatAnotherCallerRemembers() throws Exception {
    EntryKey head = new EntryKey("object/photos/a");
    ZkPaths paths = new ZkPaths("/holdfast/test");
    Mirror mirror =
        new Mirror(
            paths,
            new WatchDelivery<>("never-started", Function.identity(), new WatchTrouble(Meter.NONE)),
            ended -> {});
    Lookup lookup = new Lookup(paths, mirror, new ColdHeads(System::nanoTime), System::nanoTime);
    Deadline deadline = Deadline.after(DEADLINE, System::nanoTime);
    ZkSession session = far.link().usable(deadline);
    long first = put(near, head, "v1");
    assertThat(version(lookup.of(List.of(head), session, deadline), head)).isEqualTo(first);
    long second = put(near, head, "v2");

    assertThat(version(lookup.of(List.of(head), session, deadline), head)).isEqualTo(first);
    assertThat(version(lookup.anew(List.of(head), session, deadline), head)).isEqualTo(second);
    assertThat(version(lookup.of(List.of(head), session, deadline), head)).isEqualTo(second);
  }

  private static long version(Map<EntryKey, Known> known, EntryKey key) {
    return Objects.requireNonNull(Known.in(known, key).observation().entry()).version();
  }

  @Test
  void aTransactionThatTheServersWouldRefuseNamesTheirLimit() {
    nodes.stop("far");
    far = nodes.open("far", options(Map.of("juteMaxBuffer", "1MiB")), Plan.DATA_VERSION_MAX);
    awaitConnected(far);
    byte[] large = new byte[(1 << 20) - 100];

    assertThatThrownBy(() -> commit(far, List.of(), new Change.Put(KEY, Bytes.wrap(large))))
        .isInstanceOfSatisfying(
            LimitExceededException.class,
            e -> assertThat(e.limit()).isEqualTo("zookeeper.juteMaxBuffer"));
  }
}
