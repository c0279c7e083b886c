package dev.holdfast.coordinator.zk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.support.WatchDelivery;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
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

  private static Cell cell(long zxid) {
    return new Cell(KEY, Bytes.utf8("value"), zxid, 0, 0);
  }

  @Test
  void appliesACommitOnceItsValueIsThere() {
    feed.begin(source);
    feed.hear(source, Revisions.UNKNOWN);
    feed.loaded(source, 5);
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
    feed.begin(source);
    feed.hear(source, Revisions.UNKNOWN);
    feed.loaded(source, 5);
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
    feed.begin(source);
    feed.hear(source, Revisions.UNKNOWN);
    feed.loaded(source, 5);
    tell(EventType.NodeCreated, paths.lease(OTHERS_SESSION), 6);
    tell(EventType.NodeCreated, paths.entry(KEY), 10);
    tell(EventType.NodeDataChanged, paths.beat("n2", 0), 10);
    tell(EventType.NodeDeleted, paths.lease(OTHERS_SESSION), 12);
    CompletableFuture<Long> proof = feed.barrierAtAnswer(source);

    feed.fetched(source, KEY, cell(10));

    assertThat(proof).isCompletedWithValue(12L);
  }
}
