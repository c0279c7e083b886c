// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import dev.holdfast.spi.coordinator.support.WatchDelivery;
import dev.holdfast.testkit.Await;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The mirror under a stream of events that is written down here. */
final class MirrorTest {
  private static final EntryKey KEY = new EntryKey("lock/a");
  private static final long OTHERS_SESSION = 77;

  private final ZkPaths paths = new ZkPaths("/holdfast/x");
  private final WatchDelivery<Observation> watches =
      new WatchDelivery<>("zk-watch-test", Function.identity(), new WatchTrouble(Meter.NONE));
  private final Mirror mirror = new Mirror(paths, watches, ended -> {});
  private final Feed feed = mirror.feed();
  private final List<EntryKey> asked = new ArrayList<>();
  private final Feed.Source source = asked::add;

  @AfterEach
  void close() {
    watches.close();
  }

  private void tell(EventType type, String path, long zxid) {
    feed.event(source, type, path, zxid);
  }

  private void synced(Feed.Source from, long zxid) {
    feed.begin(from);
    feed.hear(from, Revisions.UNKNOWN);
    feed.loaded(from, zxid);
  }

  private static Cell cell(long zxid) {
    return new Cell(KEY, Bytes.utf8("value"), zxid, 0, 0);
  }

  @Test
  void appliesACommitOnceItsValueIsThere() {
    synced(source, 5);
    tell(EventType.NodeCreated, paths.entry(KEY), 10);
    tell(EventType.NodeDataChanged, paths.beat("n2", 0), 10);
    CompletableFuture<Long> proof = feed.barrierAtAnswer(source);
    assertThat(asked).containsExactly(KEY);
    assertThat(proof).isNotDone();

    feed.fetched(source, KEY, cell(10));

    assertThat(proof).isCompletedWithValue(10L);
  }

  /** What comes then counts with a step that is not known yet; the load reads it all. */
  @Test
  void hearsNothingUntilItKnowsHowRevisionsAreMade() {
    synced(source, 5);
    feed.begin(source);
    tell(EventType.NodeCreated, paths.entry(KEY), 10);
    tell(EventType.NodeDataChanged, paths.beat("n2", 0), 10);
    feed.fetched(source, KEY, cell(10));
    feed.bucketRead(source, paths.bucket(KEY), new Bucket(3, 10, 0, Map.of(), List.of()));

    assertThat(asked).isEmpty();
    assertThat(mirror.observe(KEY).isPresent()).isFalse();
    assertThat(mirror.hears()).isFalse();

    feed.hear(source, Revisions.UNKNOWN);
    feed.fetched(source, KEY, cell(10));
    feed.loaded(source, 10);

    assertThat(mirror.observe(KEY).isPresent()).isTrue();
    assertThat(mirror.bucket(paths.bucket(KEY))).isEqualTo(Bucket.NONE);
  }

  @Test
  void theEndOfALeaseIsAppliedThoughAValueWasUnderWay() {
    synced(source, 5);
    tell(EventType.NodeCreated, paths.lease(OTHERS_SESSION), 6);
    tell(EventType.NodeCreated, paths.entry(KEY), 10);
    tell(EventType.NodeDataChanged, paths.beat("n2", 0), 10);
    tell(EventType.NodeDeleted, paths.lease(OTHERS_SESSION), 12);
    CompletableFuture<Long> proof = feed.barrierAtAnswer(source);

    feed.fetched(source, KEY, cell(10));

    assertThat(proof).isCompletedWithValue(12L);
  }

  /** Nobody else would tell of it: when the value comes, it is of a lease that has ended. */
  @Test
  void theEndOfALeaseTellsOfAnEntryWhoseValueWasUnderWay() {
    synced(source, 5);
    Queue<Observation> told = new ConcurrentLinkedQueue<>();
    watches.start();
    mirror.watch(
        "lock/",
        new WatchListener() {
          @Override
          public void started(long revision) {}

          @Override
          public void changed(List<Observation> observations) {
            told.addAll(observations);
          }

          @Override
          public void resync(long revision) {}
        });
    tell(EventType.NodeCreated, paths.lease(OTHERS_SESSION), 6);
    tell(EventType.NodeDataChanged, paths.entry(KEY), 10);
    tell(EventType.NodeDataChanged, paths.beat("n2", 0), 10);
    tell(EventType.NodeDeleted, paths.lease(OTHERS_SESSION), 12);

    feed.fetched(source, KEY, new Cell(KEY, Bytes.EMPTY, 10, 0, OTHERS_SESSION));

    Await.until(ZkNodes.DEADLINE, "the end is told", () -> !told.isEmpty());
    assertThat(told).containsExactly(new Observation(KEY, null, 12, 12));
  }

  @Test
  void appliesTransactionsInTheirOrder() {
    EntryKey other = new EntryKey("lock/b");
    synced(source, 5);
    tell(EventType.NodeCreated, paths.entry(KEY), 10);
    tell(EventType.NodeDataChanged, paths.beat("n2", 0), 10);
    tell(EventType.NodeCreated, paths.entry(other), 11);
    tell(EventType.NodeDataChanged, paths.beat("n3", 0), 11);

    feed.fetched(source, other, new Cell(other, Bytes.EMPTY, 11, 0, 0));

    assertThat(mirror.applied()).isEqualTo(5);
    assertThat(mirror.seen()).isEqualTo(11);

    feed.fetched(source, KEY, cell(10));

    assertThat(mirror.applied()).isEqualTo(11);
  }

  /** Somebody wrote below our root who is none of us. */
  @Test
  void appliesATransactionWithoutABeatWhenTheNextOneIsToldOf() {
    synced(source, 5);
    tell(EventType.NodeDeleted, paths.entry(KEY), 10);
    assertThat(mirror.applied()).isEqualTo(5);

    tell(EventType.NodeDataChanged, paths.beat("n2", 0), 11);

    assertThat(mirror.applied()).isEqualTo(11);
  }

  @Test
  void doesNotFetchWhatACommitOfItsOwnIsWriting() {
    synced(source, 5);
    feed.committing(Set.of(KEY));
    tell(EventType.NodeCreated, paths.entry(KEY), 10);
    tell(EventType.NodeDataChanged, paths.beat("n1", 0), 10);
    assertThat(mirror.applied()).isEqualTo(5);

    feed.answered(source, Set.of(KEY), Map.of(KEY, cell(10)), Map.of(), 10);

    assertThat(asked).isEmpty();
    assertThat(mirror.applied()).isEqualTo(10);
  }

  /** The event was of another's commit after all. */
  @Test
  void fetchesAKeyOnceItsOwnCommitWasRefused() {
    synced(source, 5);
    feed.committing(Set.of(KEY));
    tell(EventType.NodeCreated, paths.entry(KEY), 10);
    tell(EventType.NodeDataChanged, paths.beat("n2", 0), 10);

    feed.answered(source, Set.of(KEY), Map.of(), Map.of(), 0);

    assertThat(asked).containsExactly(KEY);
  }

  /** A commit must not take for absent what its bucket already counts. */
  @Test
  void aCellThatIsKnownToHaveChangedIsWaitedFor() {
    synced(source, 5);
    tell(EventType.NodeCreated, paths.entry(KEY), 10);
    CompletableFuture<Optional<Cell>> waiting = mirror.cell(KEY);
    assertThat(waiting).isNotDone();

    feed.fetched(source, KEY, cell(10));

    assertThat(waiting).isCompletedWithValue(Optional.of(cell(10)));
  }

  @Test
  void aSnapshotIsBetweenTwoTransactions() {
    EntryKey other = new EntryKey("lock/b");
    synced(source, 5);
    tell(EventType.NodeDeleted, paths.entry(other), 10);
    CompletableFuture<List<Observation>> inATransaction = mirror.snapshot(List.of(KEY, other));
    tell(EventType.NodeCreated, paths.entry(KEY), 10);
    tell(EventType.NodeDataChanged, paths.beat("n2", 0), 10);
    CompletableFuture<List<Observation>> beforeTheValue = mirror.snapshot(List.of(KEY, other));
    assertThat(inATransaction).isNotDone();
    assertThat(beforeTheValue).isNotDone();

    feed.fetched(source, KEY, cell(10));

    assertThat(inATransaction.join()).extracting(Observation::revision).containsExactly(10L, 10L);
    assertThat(inATransaction.join())
        .extracting(Observation::isPresent)
        .containsExactly(true, false);
    assertThat(beforeTheValue.join()).isEqualTo(inATransaction.join());
  }

  @Test
  void whatASessionTellsThatWasReplacedIsTooLate() {
    Feed.Source replaced = key -> {};
    synced(replaced, 5);
    synced(source, 6);

    feed.event(replaced, EventType.NodeCreated, paths.entry(KEY), 10);
    feed.fetched(replaced, KEY, cell(10));
    feed.answered(replaced, Set.of(KEY), Map.of(KEY, cell(10)), Map.of(), 10);
    feed.listed(replaced, paths.bucket(KEY), Set.of(), List.of());
    feed.leasesListed(replaced, Set.of(OTHERS_SESSION));
    feed.loaded(replaced, 10);
    CompletableFuture<Long> proof = feed.barrierAtAnswer(replaced);

    assertThat(mirror.applied()).isEqualTo(6);
    assertThat(mirror.observe(KEY).isPresent()).isFalse();
    assertThat(mirror.bucket(paths.bucket(KEY))).isEqualTo(Bucket.NONE);
    assertThat(mirror.isLeaseLive(OTHERS_SESSION)).isFalse();
    assertThat(proof).isNotDone();

    synced(source, 12);
    assertThat(proof).isCompletedWithValue(12L);
  }

  /** R6: what is under way when the connection breaks is known after the load, not before. */
  @Test
  void aProofThatWaitsWhenTheConnectionBreaksWaitsForTheLoad() {
    synced(source, 5);
    tell(EventType.NodeCreated, paths.entry(KEY), 10);
    tell(EventType.NodeDataChanged, paths.beat("n2", 0), 10);
    CompletableFuture<Long> proof = feed.barrierAtAnswer(source);
    CompletableFuture<Optional<Cell>> value = mirror.cell(KEY);

    feed.begin(source);

    assertThat(value).isCompletedExceptionally();
    assertThat(proof).isNotDone();
    assertThat(mirror.bucket(paths.bucket(KEY))).isNull();

    feed.hear(source, Revisions.UNKNOWN);
    feed.fetched(source, KEY, cell(10));
    feed.loaded(source, 10);

    assertThat(proof).isCompletedWithValue(10L);
  }
}
