package dev.holdfast.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.holdfast.core.Keys;
import dev.holdfast.node.http.FakeExchange;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.RouteHandler;
import dev.holdfast.protocol.ClusterBodies;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.memory.InMemoryCluster;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The state moves from the cluster {@code old} to the cluster {@code new}, and what goes wrong. */
@Timeout(60)
final class StateTransferTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int ENTRIES = 250;

  @TempDir Path temp;

  private final List<InMemoryCluster> clusters = new ArrayList<>();
  private final Coordinator old = open();
  private final Coordinator anew = open();

  private Coordinator open() {
    InMemoryCluster memory = InMemoryCluster.realTime();
    clusters.add(memory);
    return memory.open("n1");
  }

  @AfterEach
  void close() {
    old.close();
    anew.close();
    clusters.forEach(InMemoryCluster::close);
  }

  private static EntryKey key(int i) {
    return Keys.mapEntry("m", "key-%03d".formatted(i));
  }

  private static void commit(Coordinator coordinator, Change change) {
    assertThat(coordinator.commit(new Transaction(List.of(), List.of(change)), SOON))
        .isInstanceOf(CommitResult.Committed.class);
  }

  private byte[] exported() {
    for (int i = 0; i < ENTRIES; i++) {
      commit(old, new Change.Put(key(i), Bytes.utf8("value " + i)));
    }
    return export(old, "old");
  }

  private byte[] export(Coordinator from, String cluster) {
    FakeExchange exchange = new FakeExchange("GET", "");
    handle(from, cluster, exchange, "GET /v1/cluster/export");
    return exchange.responseBody.toByteArray();
  }

  private void handle(Coordinator to, String cluster, FakeExchange exchange, String route) {
    Map<String, RouteHandler> routes = new HashMap<>();
    new StateRoutes(new StateTransfer(to, cluster), temp.resolve(cluster))
        .register((operation, handler) ->
            routes.put(operation.method() + " " + operation.path(), handler));
    Await.get(() -> {
      Objects.requireNonNull(routes.get(route)).handle(exchange);
      return true;
    });
  }

  private ClusterBodies.Imported doImport(byte[] file) {
    return doImport(new FakeExchange("POST", "").sending(file));
  }

  private ClusterBodies.Imported doImport(FakeExchange exchange) {
    handle(anew, "new", exchange, "POST /v1/cluster/import");
    return (ClusterBodies.Imported) Objects.requireNonNull(exchange.document);
  }

  private void assertRefused(byte[] file, String code, String... told) {
    ProblemException problem = catchThrowableOfType(ProblemException.class, () -> doImport(file));
    assertThat(problem).as("it was imported").isNotNull();
    assertThat(problem.code()).isEqualTo(code);
    assertThat(problem.detail() + " " + problem.next()).contains(told);
  }

  /** As the first commit of a node does whose cluster was founded anew. */
  private void awaitState(String from) {
    commit(anew, new Change.Put(Keys.CLUSTER_IMPORT, ImportEntry.awaited(from).encode()));
  }

  private void assertAllThere() {
    for (int i = 0; i < ENTRIES; i++) {
      assertThat(anew.read(key(i), SOON).entry())
          .as(key(i).value())
          .satisfies(
              entry -> assertThat(Objects.requireNonNull(entry).value()).asString().isNotEmpty());
    }
  }

  @Test
  void clientsWaitUntilTheStateIsThere() {
    byte[] file = exported();
    try (AwaitedImport gate = new AwaitedImport(anew, Optional.of("old"))) {
      assertThatThrownBy(() -> ImportProblems.check(gate))
          .isInstanceOfSatisfying(
              ProblemException.class,
              problem -> {
                assertThat(problem.status()).isEqualTo(503);
                assertThat(problem.code()).isEqualTo("IMPORT_AWAITED");
                assertThat(problem.detail()).contains("cluster old");
                assertThat(problem.next()).contains("holdfast cluster import FILE");
              });
      awaitState("old");
      assertThat(gate.isOver()).isFalse();
      assertThat(gate.warning().orElseThrow()).contains("cluster old");

      assertThat(doImport(file).entries()).isEqualTo(ENTRIES);

      Await.until(SOON, "clients come in", gate::isOver);
      ImportProblems.check(gate);
      assertThat(gate.warning()).isEmpty();
      assertAllThere();
    }
  }

  /** One that was started as the first of its name waits for nothing. */
  @Test
  void aClusterOfNewNodesLetsClientsInAtOnce() {
    try (AwaitedImport gate = new AwaitedImport(anew, Optional.empty())) {
      ImportProblems.check(gate);
      assertThat(gate.warning()).isEmpty();
    }
  }

  /** As soon as the import has answered, clients may begin, wherever they ask. */
  @Test
  void aNodeThatHasNotHeardOfTheEndAsksBeforeItRefuses() {
    byte[] file = exported();
    AwaitedImport gate = new AwaitedImport(anew, Optional.of("old"));
    gate.close();
    assertThatThrownBy(() -> ImportProblems.check(gate)).isInstanceOf(ProblemException.class);

    doImport(file);

    ImportProblems.check(gate);
  }

  /** A request may have read it before, and be slower than the watch. */
  @Test
  void whatWasReadBeforeTheEndDoesNotUndoIt() {
    awaitState("old");
    Observation before = anew.read(Keys.CLUSTER_IMPORT, SOON);
    doImport(exported());
    try (AwaitedImport gate = new AwaitedImport(anew, Optional.of("old"))) {
      gate.changed(List.of(anew.read(Keys.CLUSTER_IMPORT, SOON)));

      gate.changed(List.of(before));

      assertThat(gate.isOver()).isTrue();
    }
  }

  /** A node that joined later hears of it from the others. */
  @Test
  void clientsWaitAtANodeThatDidNotFoundToo() {
    try (AwaitedImport gate = new AwaitedImport(anew, Optional.empty())) {
      awaitState("old");
      Await.until(SOON, "it has heard", () -> !gate.isOver());
    }
  }

  @Test
  void anImportThatBrokeOffGoesOnWithTheSameFileOnly() {
    byte[] file = exported();
    commit(old, new Change.Put(key(ENTRIES), Bytes.utf8("later")));
    byte[] another = export(old, "old");
    String sha = sha(file);
    commit(anew, new Change.Put(Keys.CLUSTER_IMPORT, ImportEntry.begun(sha).encode()));
    commit(anew, new Change.Put(key(7), Bytes.utf8("value 7")));
    try (AwaitedImport gate = new AwaitedImport(anew, Optional.empty())) {
      Await.until(SOON, "half a state is served to nobody", () -> !gate.isOver());

      assertRefused(another, "IMPORT_BEGUN", "Repeat it with the file that it began with");
      assertThat(doImport(file).entries()).isEqualTo(ENTRIES);

      Await.until(SOON, "clients come in", gate::isOver);
      assertAllThere();
      assertThat(anew.read(key(ENTRIES), SOON).isPresent()).isFalse();
    }
  }

  private static String sha(byte[] file) {
    String foot = new String(file, StandardCharsets.UTF_8).lines().toList().getLast();
    return foot.substring("{\"sha256\":\"".length(), foot.length() - 2);
  }

  /** What was deleted or changed since must not come back. */
  @Test
  void theSameFileOnceMoreChangesNothing() {
    byte[] file = exported();
    awaitState("old");
    doImport(file);

    assertThat(doImport(file).entries()).as("nothing has changed").isEqualTo(ENTRIES);
    commit(anew, new Change.Delete(key(3)));
    assertRefused(file, "NOT_EMPTY", "imported here before");

    assertThat(anew.read(key(3), SOON).isPresent()).isFalse();
    for (int i = 0; i < ENTRIES; i++) {
      commit(anew, new Change.Delete(key(i)));
    }
    assertRefused(file, "NOT_EMPTY", "imported here before");
    assertThat(anew.read(key(4), SOON).isPresent()).isFalse();
  }

  /** Also one that has a part of what is in the file, which a deletion may have left. */
  @Test
  void aStateOfItsOwnIsLeftAlone() {
    byte[] file = exported();
    commit(anew, new Change.Put(key(ENTRIES - 1), Bytes.utf8("value " + (ENTRIES - 1))));

    assertRefused(file, "NOT_EMPTY", "a state of its own", "steps 2 to 5");

    assertThat(anew.read(key(0), SOON).isPresent()).isFalse();
    assertThat(anew.read(Keys.CLUSTER_IMPORT, SOON).isPresent()).isFalse();
  }

  /** The file of the last move, which lies beside the new one. */
  @Test
  void anExportOfAnotherClusterIsRefusedUntilTheAwaitedStateIsGivenUp() {
    byte[] file = exported();
    awaitState("between");

    assertRefused(file, "OTHER_EXPORT", "of cluster old", "in cluster between last");
    assertThat(anew.read(key(0), SOON).isPresent()).isFalse();

    FakeExchange empty = new FakeExchange("POST", "").asking("empty", "");
    assertThat(doImport(empty).entries()).isZero();
    assertThat(doImport(empty).entries()).as("its answer was lost").isZero();
    assertThat(doImport(file).entries()).isEqualTo(ENTRIES);
    assertAllThere();
  }

  @Test
  void nothingIsGivenUpWhereNothingIsAwaited() {
    FakeExchange empty = new FakeExchange("POST", "").asking("empty", "");

    assertThatThrownBy(() -> doImport(empty))
        .isInstanceOfSatisfying(
            ProblemException.class, problem -> assertThat(problem.code()).isEqualTo("NOT_AWAITED"));
  }
}
