package dev.holdfast.coordinator.zk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The mirror under a stream of events that is written down here. */
final class MirrorTest {
  private static final EntryKey KEY = new EntryKey("lock/a");
  private static final long OTHERS_SESSION = 77;

  private final ZkPaths paths = new ZkPaths("/holdfast/x");
  private final WatchHub watches = new WatchHub(Meter.NONE, "test");
  private final Mirror mirror = new Mirror(paths, watches, ended -> {});
  private final List<EntryKey> asked = new ArrayList<>();
  private final Mirror.Source source = asked::add;

  @AfterEach
  void close() {
    watches.close();
  }

  private void tell(EventType type, String path, long zxid) {
    mirror.event(source, type, path, zxid);
  }

  private static Cell cell(long zxid) {
    return new Cell(KEY, Bytes.utf8("value"), zxid, 0, 0);
  }

  @Test
  void appliesACommitOnceItsValueIsThere() {
    mirror.begin(source);
    mirror.hear(source, Revisions.UNKNOWN);
    mirror.loaded(source, 5);
    tell(EventType.NodeCreated, paths.entry(KEY), 10);
    tell(EventType.NodeDataChanged, paths.beat("n2", 0), 10);
    CompletableFuture<Long> proof = mirror.barrierAtAnswer(source);
    assertThat(asked).containsExactly(KEY);
    assertThat(proof).isNotDone();

    mirror.fetched(source, KEY, cell(10));

    assertThat(proof).isCompletedWithValue(10L);
  }

  /** What comes then counts with a step that is not known yet; the load reads it all. */
  @Test
  void hearsNothingUntilItKnowsHowRevisionsAreMade() {
    mirror.begin(source);
    mirror.hear(source, Revisions.UNKNOWN);
    mirror.loaded(source, 5);
    mirror.begin(source);
    tell(EventType.NodeCreated, paths.entry(KEY), 10);
    tell(EventType.NodeDataChanged, paths.beat("n2", 0), 10);
    mirror.fetched(source, KEY, cell(10));
    mirror.bucketRead(source, paths.bucket(KEY), new Bucket(3, 10, 0, Map.of(), List.of()));

    assertThat(asked).isEmpty();
    assertThat(mirror.observe(KEY).isPresent()).isFalse();
    assertThat(mirror.hears()).isFalse();

    mirror.hear(source, Revisions.UNKNOWN);
    mirror.fetched(source, KEY, cell(10));
    mirror.loaded(source, 10);

    assertThat(mirror.observe(KEY).isPresent()).isTrue();
    assertThat(mirror.bucket(paths.bucket(KEY))).isEqualTo(Bucket.NONE);
  }

  @Test
  void theEndOfALeaseIsAppliedThoughAValueWasUnderWay() {
    mirror.begin(source);
    mirror.hear(source, Revisions.UNKNOWN);
    mirror.loaded(source, 5);
    tell(EventType.NodeCreated, paths.lease(OTHERS_SESSION), 6);
    tell(EventType.NodeCreated, paths.entry(KEY), 10);
    tell(EventType.NodeDataChanged, paths.beat("n2", 0), 10);
    tell(EventType.NodeDeleted, paths.lease(OTHERS_SESSION), 12);
    CompletableFuture<Long> proof = mirror.barrierAtAnswer(source);

    mirror.fetched(source, KEY, cell(10));

    assertThat(proof).isCompletedWithValue(12L);
  }
}
