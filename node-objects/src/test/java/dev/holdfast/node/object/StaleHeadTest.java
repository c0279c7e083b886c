// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.testkit.Await;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A write begins with what its node has applied, which may be old: nobody may notice. */
@Timeout(90)
final class StaleHeadTest {
  private static final ObjectKey KEY = new ObjectKey("k");

  @TempDir Path folder;

  private static Preconditions absent() {
    return new Preconditions(
        Optional.empty(), Optional.of(new Preconditions.Heads(true, Set.of())));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static WriteOutcome write(
      ObjectCluster.Node node, String text, Preconditions preconditions, boolean deleted) {
    WriteRequest request =
        new WriteRequest(
            KEY, "text/plain", new TreeMap<>(), deleted, preconditions, Optional.empty(), "test");
    byte[] bytes = utf8(text);
    return deleted
        ? node.service().delete(request)
        : node.service()
            .put(
                request,
                new ObjectService.Upbound(
                    new ByteArrayInputStream(bytes), bytes.length, Optional.empty()));
  }

  private static Observation seen(ObjectCluster cluster) {
    return cluster.node("n1").coordinator.read(KEY.entry(), Duration.ofSeconds(5));
  }

  /** From now on n1 sees the key as it was. */
  private static void remember(ObjectCluster cluster, Observation old) {
    cluster.node("n1").stale.put(KEY.entry(), old);
  }

  @Test
  void aWriteFromAnOldHeadComesAfterTheAgreedOne() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      cluster.node("n2").put("k", utf8("first"));
      Observation old = seen(cluster);
      VersionId second = cluster.node("n2").put("k", utf8("second")).id();
      remember(cluster, old);

      WriteOutcome.Written third = cluster.node("n1").put("k", utf8("third"));

      assertThat(third.version().parents()).containsExactly(second);
      assertThat(cluster.node("n3").get("k")).isEqualTo(utf8("third"));
      for (String id : List.of("n1", "n2", "n3")) {
        Await.until(
            Duration.ofSeconds(20),
            id + " gave back what was staged in vain",
            () -> cluster.node(id).store.records().stagedCount() == 0);
      }
    }
  }

  @Test
  void anAnswerIsNeverThatOfAnOldHead() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      Observation nothing = seen(cluster);
      cluster.node("n2").put("k", utf8("first"));
      Observation present = seen(cluster);

      remember(cluster, nothing);
      assertThat(write(cluster.node("n1"), "mine", absent(), false))
          .isInstanceOf(WriteOutcome.PreconditionFailed.class);
      assertThat(write(cluster.node("n1"), "", Preconditions.NONE, true))
          .as("it is there to be deleted")
          .isInstanceOf(WriteOutcome.Written.class);

      remember(cluster, present);
      assertThat(write(cluster.node("n1"), "", Preconditions.NONE, true))
          .as("it is deleted already")
          .isInstanceOf(WriteOutcome.NotFound.class);
      assertThat(write(cluster.node("n1"), "mine", absent(), false))
          .isInstanceOf(WriteOutcome.Written.class);
      assertThat(cluster.node("n3").get("k")).isEqualTo(utf8("mine"));
    }
  }

  @Test
  void theSameBytesAsThoseOfAnOldHeadAreWritten() {
    try (ObjectCluster cluster = new ObjectCluster(folder, 3)) {
      VersionId first = cluster.node("n2").put("k", utf8("same")).id();
      Observation old = seen(cluster);
      VersionId other = cluster.node("n2").put("k", utf8("other")).id();
      remember(cluster, old);

      WriteOutcome.Written again = cluster.node("n1").put("k", utf8("same"));

      assertThat(again.id()).isNotEqualTo(first);
      assertThat(again.version().parents()).containsExactly(other);
      assertThat(cluster.node("n3").get("k")).isEqualTo(utf8("same"));
    }
  }
}
