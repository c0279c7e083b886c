// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.version.Content;
import dev.holdfast.core.version.Dot;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.core.version.VersionVector;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class RetiredRowsTest {
  private static final ObjectKey KEY = new ObjectKey("key");

  @TempDir Path folder;
  private long counter;

  @Test
  void retiresOldVersionsAndFreesTheirChunksAlsoAfterARestart() {
    Chunk chunk = Chunk.of(new byte[100_000]);
    VersionRecord old = version("old", Set.of(), new Content.Chunked(List.of(chunk.ref())));
    VersionRecord head = version("head", Set.of(old), Content.NONE);
    try (LocalStore store = open()) {
      store.chunks().put(List.of(chunk));
      confirm(store, old, head);
      assertThat(store.records().isChunkUsed(chunk.ref().hash())).isTrue();

      assertThat(retire(store, old, head)).as("never the head").containsExactly(old.id());
      assertThat(retire(store, old)).as("once").isEmpty();
    }
    try (LocalStore store = open()) {
      NodeStore records = store.records();
      assertThat(records.isChunkUsed(chunk.ref().hash())).isFalse();
      assertThat(records.version(KEY, old.id()))
          .contains(old.withState(VersionState.CONFIRMED).withoutBytes());
      assertThat(records.version(KEY, head.id()).orElseThrow().isRemoved()).isFalse();

      records.stage(old);
      records.confirm(KEY, old.id(), old, 0, List.of());
      assertThat(records.version(KEY, old.id()).orElseThrow().isRemoved())
          .as("its bytes do not come back")
          .isTrue();
    }
  }

  @Test
  void retiresNothingWhileAWriteIsUnderWayOrABranchCame() {
    VersionRecord old = version("old", Set.of(), Content.NONE);
    VersionRecord head = version("head", Set.of(old), Content.NONE);
    VersionRecord branch = version("branch", Set.of(old), Content.NONE);
    try (LocalStore store = open()) {
      confirm(store, old, head);
      store.records().stage(branch);
      assertThat(retire(store, old)).as("staged").isEmpty();

      store.records().accept(KEY, branch.id(), branch, List.of());
      assertThat(retire(store, old)).as("not seen by the planner").isEmpty();
      assertThat(store.records().retired().retire(KEY, Set.of(branch.id()), List.of(branch.id())))
          .as("not agreed on")
          .isEmpty();
      assertThat(store.records().retired().retire(KEY, Set.of(branch.id()), List.of(old.id())))
          .containsExactly(old.id());
    }
  }

  @Test
  void forgetsAKeyOnlyAsItWasSeen() throws Exception {
    VersionRecord old = version("old", Set.of(), Content.NONE);
    VersionRecord head = version("head", Set.of(old), Content.NONE);
    ObjectKey beside = new ObjectKey("key/beside");
    try (LocalStore store = open()) {
      confirm(store, old, head);
      VersionRecord other = versionOf(beside, "other", Set.of(), Content.NONE);
      store.records().confirm(beside, other.id(), other, 3, List.of());

      assertThat(store.forget(KEY, Set.of(head.id()), () -> true)).as("more came").isFalse();
      assertThat(store.forget(KEY, ids(old, head), () -> false)).as("it may not").isFalse();
      VersionRecord staged = version("staged", Set.of(head), Content.NONE);
      store.records().stage(staged);
      assertThat(store.forget(KEY, ids(old, head, staged), () -> true)).isFalse();
      store.records().unstage(KEY, staged.id(), staged.dots().first());
      assertThat(store.records().version(KEY, head.id())).isPresent();

      assertThat(store.forget(KEY, ids(old, head), () -> true)).isTrue();
    }
    try (LocalStore store = open()) {
      assertThat(store.records().versions(KEY, 10)).isEmpty();
      assertThat(store.records().head(KEY)).isEmpty();
      assertThat(store.records().heads(new byte[0], new byte[0], 10))
          .extracting(HeadRow::key)
          .containsExactly(beside);
    }
  }

  /** Keys that are longer than a place of the listing share what leads to them. */
  @Test
  void takesLongKeysFromTheListing() throws Exception {
    String prefix = "x".repeat(ListingTrie.SEGMENT_BYTES);
    List<ObjectKey> keys =
        List.of(new ObjectKey(prefix), new ObjectKey(prefix + "a"), new ObjectKey(prefix + "b"));
    try (LocalStore store = open()) {
      for (ObjectKey key : keys) {
        VersionRecord head = versionOf(key, "v", Set.of(), Content.NONE);
        store.records().confirm(key, head.id(), head, 1, List.of());
      }
      for (int i = 0; i < keys.size(); i++) {
        ObjectKey key = keys.get(i);
        VersionId id = store.records().versions(key, 1).getFirst().id();
        assertThat(store.forget(key, Set.of(id), () -> true)).isTrue();
        assertThat(store.records().heads(new byte[0], new byte[0], 10))
            .extracting(HeadRow::key)
            .isEqualTo(keys.subList(i + 1, keys.size()));
      }
    }
  }

  private static List<VersionId> retire(LocalStore store, VersionRecord... versions) {
    return store
        .records()
        .retired()
        .retire(KEY, Set.of(), List.of(versions).stream().map(VersionRecord::id).toList());
  }

  private static Set<VersionId> ids(VersionRecord... versions) {
    Set<VersionId> ids = new TreeSet<>();
    for (VersionRecord version : versions) {
      ids.add(version.id());
    }
    return ids;
  }

  private static void confirm(LocalStore store, VersionRecord old, VersionRecord head) {
    store.records().confirm(KEY, old.id(), old, 1, List.of());
    store.records().confirm(KEY, head.id(), head, 2, List.of());
  }

  private LocalStore open() {
    return LocalStore.open(
        folder.resolve("objects"),
        new StoreIdentity("n1", "i1"),
        new StoreSettings(1 << 20, 0, 0, 1 << 20),
        Meter.NONE,
        System::nanoTime,
        failure -> {
          throw failure;
        });
  }

  private VersionRecord version(String text, Set<VersionRecord> parents, Content content) {
    return versionOf(KEY, text, parents, content);
  }

  private VersionRecord versionOf(
      ObjectKey key, String text, Set<VersionRecord> parents, Content content) {
    TreeSet<VersionId> ids = new TreeSet<>();
    parents.forEach(parent -> ids.add(parent.id()));
    return new VersionRecord(
        key,
        ids,
        new TreeSet<>(Set.of(new Dot("n1", "i1", ++counter))),
        VersionVector.EMPTY,
        content,
        Sha256.of(text.getBytes(StandardCharsets.UTF_8)),
        "",
        new TreeMap<>(),
        false,
        "test",
        counter,
        0,
        VersionState.PROVISIONAL);
  }
}
