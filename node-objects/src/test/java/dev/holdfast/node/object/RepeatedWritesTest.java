// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.WriteMemory;
import dev.holdfast.core.version.WriteTerms;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.testkit.Await;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A write that comes twice, to any node, has its effect once. */
final class RepeatedWritesTest {
  private static final String KEY = "k";
  private static final Duration SOON = Duration.ofSeconds(20);

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

  /**
   * What a repeat that is refused may say of its first try, T1, which is still under way somewhere.
   *
   * <pre>
   *   n1: T1 of "delete", id-1, hangs before it reads the head
   *   n2: its repeat reads the head: there is none, and no id-1 in its memory  ── 404
   *   n3: another client puts                                                  ── 201
   *   n1: T1 goes on, finds what was put, id-1 was never answered: deletes it  ── 200
   * </pre>
   *
   * So 404 tells nothing of T1, nor does a 412 of "create", since the object may be gone when T1
   * goes on, nor one of "any version". To rule T1 out a refusal had to be committed, as answers
   * are.
   */
  @Test
  void refusalOfAStateThatMayComeBackIsNotFinal() {
    ProblemException absent = refused("id-1", anyVersion());
    put("n1", "another's", "id-2", 0);
    ProblemException present = refused("id-3", create());

    assertThat(absent.members()).doesNotContainKey("final");
    assertThat(present.members()).doesNotContainKey("final");
    // Here comes T1 of either, as late as it may be: it is carried out.
    assertThat(put("n3", "mine", "id-1", 0, anyVersion()).created()).isFalse();
    delete("n2", "id-4", 0);
    assertThat(put("n3", "mine", "id-3", 0, create()).created()).isTrue();
  }

  /**
   * The version that a client has read was the head once. A repeat that finds another one rules T1
   * out: id-1 is not in its memory, so T1 was not committed, and no head comes twice, so T1 is
   * refused by whatever it finds later, also when the same bytes are put once more.
   */
  @Test
  void refusalOfAVersionThatIsNotTheHeadAnyMoreIsFinal() {
    String read = put("n1", "old", "id-1", 0).id().value();
    put("n2", "another's", "id-2", 0);
    Preconditions ifMatch = match(false, read);

    ProblemException refused = refused("id-3", ifMatch);

    assertThat(refused.members()).containsEntry("final", true);
    assertStaysRefused(ifMatch);
    put("n1", "old", "id-4", 0);
    assertStaysRefused(ifMatch);
    delete("n1", "id-5", 0);
    assertStaysRefused(ifMatch);
    put("n1", "old", "id-6", 0);
    assertStaysRefused(ifMatch);
  }

  @Test
  void refusalOfARequestWithoutAnIdIsNeverFinalSinceItsOwnFirstTryMayBeTheHead() {
    String read = put("n1", "old", "id-1", 0).id().value();
    put("n2", "another's", "id-2", 0);

    ProblemException refused =
        catchThrowableOfType(
            ProblemException.class,
            () ->
                cluster
                    .node("n1")
                    .put(KEY, "mine".getBytes(UTF_8), match(false, read), Optional.empty()));

    assertThat(refused.code()).isEqualTo("PRECONDITION_FAILED");
    assertThat(refused.members()).doesNotContainKey("final");
  }

  private void assertStaysRefused(Preconditions preconditions) {
    assertThat(refused("id-3", preconditions).members()).containsEntry("final", true);
  }

  private ProblemException refused(String id, Preconditions preconditions) {
    ProblemException refused =
        catchThrowableOfType(ProblemException.class, () -> put("n2", "mine", id, 0, preconditions));
    assertThat(refused.code()).isEqualTo("PRECONDITION_FAILED");
    return refused;
  }

  private static Preconditions anyVersion() {
    return match(true);
  }

  private static Preconditions match(boolean any, String... ids) {
    return new Preconditions(
        Optional.of(new Preconditions.Heads(any, Set.of(ids))), Optional.empty());
  }

  private static Preconditions create() {
    return new Preconditions(
        Optional.empty(), Optional.of(new Preconditions.Heads(true, Set.of())));
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
        Optional.of(new WriteId(id, seen)),
        WriteTerms.DEFAULT);
  }

  private String text(String node) {
    return new String(cluster.node(node).get(KEY), UTF_8);
  }

  @Test
  void aProvisionalWriteThatIsRepeatedElsewhereDoesNotConflictWithItself() {
    put("n1", "base", "id-0", 0);
    awaitEverywhere();
    cluster.cutOff("n1");
    assertThat(named("n1", "mine", "id-1")).isInstanceOf(WriteOutcome.Accepted.class);
    put("n2", "another's", "id-2", 0);

    WriteOutcome repeated = named("n3", "mine", "id-1");
    cluster.heal();

    assertThat(repeated).isInstanceOf(WriteOutcome.Written.class);
    Await.until(SOON, "it is one write for all", this::isWithoutBranches);
    assertThat(cluster.node("n2").conflicts()).isEmpty();
    assertThat(cluster.conflicts).isEmpty();
    assertThat(text("n1")).isEqualTo("mine");
  }

  @Test
  void aProvisionalWriteThatIsRepeatedElsewhereGetsTheFirstAnswer() {
    put("n1", "base", "id-0", 0);
    awaitEverywhere();
    cluster.cutOff("n1", "n2");
    WriteOutcome.Accepted first = (WriteOutcome.Accepted) named("n1", "mine", "id-1");
    WriteOutcome.Accepted later = (WriteOutcome.Accepted) named("n2", "another's", "id-2");
    assertThat(later.version().parents()).containsExactly(first.id());

    WriteOutcome.Accepted again = (WriteOutcome.Accepted) named("n2", "mine", "id-1");
    cluster.heal();
    Await.until(SOON, "the later one is agreed on", () -> text("n3").equals("another's"));
    WriteOutcome.Written afterwards = put("n3", "mine", "id-1", 0);

    assertThat(again.id()).isEqualTo(first.id());
    assertThat(afterwards.id()).isEqualTo(first.id());
    assertThat(text("n3")).isEqualTo("another's");
  }

  private boolean isWithoutBranches() {
    return Stream.of("n1", "n2", "n3")
        .map(cluster::node)
        .allMatch(node ->
            node.store.records().branches().of(new ObjectKey(KEY)).isEmpty()
                && node.storage.queuedCopies() == 0);
  }

  private void awaitEverywhere() {
    Await.until(
        SOON,
        "all hold it",
        () -> Stream.of("n1", "n2", "n3").allMatch(id -> cluster.node(id).holds(KEY)));
  }

  /** Whatever comes of it. */
  private WriteOutcome named(String node, String text, String request) {
    return cluster
        .node(node)
        .service()
        .put(
            new WriteRequest(
                new ObjectKey(KEY),
                "text/plain",
                new TreeMap<>(),
                false,
                Preconditions.NONE,
                Optional.empty(),
                "test",
                Optional.of(new WriteId(request, 0)),
                WriteTerms.DEFAULT),
            new ObjectService.Upbound(
                new ByteArrayInputStream(text.getBytes(UTF_8)), text.length(), Optional.empty()));
  }
}
