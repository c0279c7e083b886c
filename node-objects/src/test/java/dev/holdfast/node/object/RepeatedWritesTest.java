package dev.holdfast.node.object;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.WriteMemory;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.testkit.Await;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A write that comes twice, to any node, has its effect once. */
final class RepeatedWritesTest {
  private static final String KEY = "k";

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private ObjectCluster cluster;

  @BeforeEach
  void start() {
    cluster = new ObjectCluster(folder, 3);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void repeatedPutGetsTheFirstAnswerAndKeepsWhatCameBetween() {
    WriteOutcome.Written first = put("n1", "mine", "id-1", 0);
    put("n2", "another's", "id-2", 0);

    WriteOutcome.Written again = put("n3", "mine", "id-1", 0);

    assertThat(again.id()).isEqualTo(first.id());
    assertThat(again.created()).isTrue();
    assertThat(text("n1")).isEqualTo("another's");
  }

  @Test
  void repeatedDeleteKeepsWhatWasPutBetween() {
    put("n1", "old", "id-1", 0);
    WriteOutcome.Written first = delete("n1", "id-2", 0);
    put("n2", "new", "id-3", 0);

    WriteOutcome.Written again = delete("n3", "id-2", 0);

    assertThat(again.id()).isEqualTo(first.id());
    assertThat(again.version().deleted()).isTrue();
    assertThat(text("n1")).isEqualTo("new");
  }

  @Test
  void tombstoneRemembersToo() {
    put("n1", "mine", "id-1", 0);
    delete("n2", "id-2", 0);

    put("n3", "mine", "id-1", 0);

    assertThatThrownBy(() -> text("n1")).hasMessageContaining("no object");
    assertThat(delete("n1", "id-2", 0).version().deleted()).isTrue();
  }

  @Test
  void repeatOfAConditionalPutIsNotRefusedByItsOwnFirstEffect() {
    Preconditions absent =
        new Preconditions(Optional.empty(), Optional.of(new Preconditions.Heads(true, Set.of())));
    WriteOutcome.Written first = put("n1", "mine", "id-1", 0, absent);

    assertThat(put("n2", "mine", "id-1", 0, absent).id()).isEqualTo(first.id());
    assertThatThrownBy(() -> put("n2", "mine", "id-2", 0, absent))
        .hasMessageContaining("If-None-Match");
  }

  @Test
  void putThatChangedNothingIsRememberedAsWell() {
    put("n1", "same", "id-1", 0);
    WriteOutcome.Written unchanged = put("n2", "same", "id-2", 0);
    put("n3", "another's", "id-3", 0);

    WriteOutcome.Written late = put("n1", "same", "id-2", 0);

    assertThat(late.id()).isEqualTo(unchanged.id());
    assertThat(text("n2")).isEqualTo("another's");
    assertThat(cluster.node("n2").list("")).containsExactly(KEY);
  }

  @Test
  void whatMayBeForgottenIsRefusedAndNeverAppliedAgain() {
    put("n1", "mine", "id-1", 0);
    for (int i = 0; i < WriteMemory.ANSWERS_MAX; i++) {
      put("n2", "v" + i, "other-" + i, Long.MAX_VALUE);
    }

    ProblemException refused =
        catchThrowableOfType(ProblemException.class, () -> put("n3", "mine", "id-1", 0));

    assertThat(refused.code()).isEqualTo("STALE_REQUEST");
    long revision = (long) refused.members().getOrDefault("revision", 0L);
    assertThat(put("n3", "fresh", "id-9", revision).version().sizeBytes()).isEqualTo(5);
    assertThat(text("n1")).isEqualTo("fresh");
  }

  @Test
  void whoHasSeenWhatWasForgottenIsNotRefused() {
    long seen = put("n1", "mine", "id-1", 0).revision();
    for (int i = 0; i < WriteMemory.ANSWERS_MAX + 3; i++) {
      seen = put("n2", "v" + i, "other-" + i, seen).revision();
    }

    assertThat(put("n3", "new", "id-new", seen).created()).isFalse();
    assertThat(text("n1")).isEqualTo("new");
  }

  @Test
  void memoryOutlivesAChangeOfReplicas() {
    put("n1", "mine", "id-1", 0);
    put("n2", "another's", "id-2", 0);
    cluster.join("n4");
    cluster.drain("n1");
    Await.until(
        ObjectCluster.TIMEOUT,
        "n1 is drained",
        () -> cluster.node("n2").storage.drain("n1").left() == 0);

    put("n2", "mine", "id-1", 0);

    assertThat(text("n4")).isEqualTo("another's");
  }

  private WriteOutcome.Written put(String node, String text, String id, long seen) {
    return put(node, text, id, seen, Preconditions.NONE);
  }

  private WriteOutcome.Written put(
      String node, String text, String id, long seen, Preconditions preconditions) {
    byte[] bytes = text.getBytes(UTF_8);
    return cluster
        .node(node)
        .put(
            request(id, seen, false, preconditions),
            new ObjectService.Upbound(
                new ByteArrayInputStream(bytes), bytes.length, Optional.empty()));
  }

  private WriteOutcome.Written delete(String node, String id, long seen) {
    return cluster.node(node).delete(request(id, seen, true, Preconditions.NONE));
  }

  private static WriteRequest request(
      String id, long seen, boolean deleted, Preconditions preconditions) {
    return new WriteRequest(
        new ObjectKey(KEY),
        deleted ? "" : "text/plain",
        new TreeMap<>(),
        deleted,
        preconditions,
        Optional.empty(),
        "test",
        Optional.of(new WriteId(id, seen)));
  }

  private String text(String node) {
    return new String(cluster.node(node).get(KEY), UTF_8);
  }
}
