// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is known of an entry, from its znode, its lease, its bucket and its deletions. */
final class CellsTest {
  private static final EntryKey KEY = new EntryKey("lock/a");
  private static final long SESSION = 77;

  private final ZkPaths paths = new ZkPaths("/holdfast/x");
  private final Leases leases = new Leases();
  private final Buckets buckets = new Buckets();
  private final Cells cells = new Cells(paths, leases, buckets);

  private static Cell cell(long zxid, long lease) {
    return new Cell(KEY, Bytes.utf8("value"), zxid, 0, lease);
  }

  @Test
  void anOldValueDoesNotBringBackWhatWasDeleted() {
    cells.put(cell(10, 0));
    cells.delete(KEY, 12);

    cells.put(cell(11, 0));

    assertThat(cells.observe(KEY, 12).isPresent()).isFalse();
    assertThat(cells.observe(KEY, 12).lastDeleted()).isEqualTo(12);
  }

  @Test
  void anOldDeletionDoesNotTakeWhatWasMadeAgain() {
    cells.put(cell(12, 0));

    cells.delete(KEY, 11);

    assertThat(cells.observe(KEY, 12).isPresent()).isTrue();
  }

  @Test
  void anEntryIsDeletedWhenItsLeaseEnds() {
    leases.begun(SESSION);
    cells.put(cell(10, SESSION));
    assertThat(cells.observe(KEY, 10).isPresent()).isTrue();

    leases.ended(SESSION, 14);

    assertThat(cells.observe(KEY, 14).isPresent()).isFalse();
    assertThat(cells.observe(KEY, 14).lastDeleted()).isEqualTo(14);
  }

  /** R5: it ended while nobody was told, and at the last load at the latest. */
  @Test
  void anEntryOfALeaseThatEndedUnseenIsDeletedAtTheFloor() {
    cells.put(cell(10, SESSION));
    leases.listed(Set.of());
    cells.raiseFloor(20);

    assertThat(cells.observe(KEY, 20).lastDeleted()).isEqualTo(20);
  }

  /** R5: they are forgotten on the strict side. */
  @Test
  void aDeletionThatIsForgottenIsTakenForTheNewestOfAllThatAre() {
    buckets.listed(paths.bucket(KEY));
    cells.delete(KEY, 1);
    for (int i = 2; i <= Cells.TOMBS_MAX + 10; i++) {
      cells.delete(new EntryKey("lock/" + i), i);
    }
    cells.apply(Cells.TOMBS_MAX + 10);

    assertThat(cells.observe(KEY, cells.applied()).lastDeleted()).isEqualTo(10);
    assertThat(cells.observe(new EntryKey("lock/11"), cells.applied()).lastDeleted()).isEqualTo(11);
  }

  @Test
  void aBucketThatIsKnownTellsWhenItsKeysWereDeleted() {
    EntryKey deleted = new EntryKey("lock/b");
    byte[] data = Bucket.NONE.encodeAfterDeleting(List.of(deleted));
    buckets.keep(paths.bucket(deleted), Bucket.decode(data, 0, 7));
    cells.raiseFloor(20);

    assertThat(cells.observe(deleted, 20).lastDeleted()).isEqualTo(7);
    assertThat(cells.observe(KEY, 20).lastDeleted()).isZero();
  }

  /** R7: a commit that relied on it would check a version that is not there any more. */
  @Test
  void aBucketIsReadAgainOnceAnEventTellsOfAChange() {
    String path = paths.bucket(KEY);
    Bucket old = new Bucket(3, 10, 0, Map.of(), List.of());
    buckets.keep(path, old);
    buckets.changed(path, 10);
    assertThat(buckets.get(path)).isEqualTo(old);

    buckets.changed(path, 11);

    assertThat(buckets.get(path)).isNull();
  }

  @Test
  void anOldReadOfABucketDoesNotReplaceWhatACommitWrote() {
    String path = paths.bucket(KEY);
    Bucket written = new Bucket(4, 11, 0, Map.of(), List.of());
    buckets.keep(path, written);

    buckets.keep(path, new Bucket(3, 10, 0, Map.of(), List.of()));

    assertThat(buckets.get(path)).isEqualTo(written);
  }
}
