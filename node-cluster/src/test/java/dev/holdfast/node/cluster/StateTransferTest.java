// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.holdfast.core.Keys;
import dev.holdfast.core.version.Sha256;
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
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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

  /**
   * A file of two entries, its head and its foot, of which something is wrong.
   *
   * @param told names the record
   */
  record BadFile(String name, String told, UnaryOperator<List<String>> damage) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static BadFile head(String name, String told, String from, String to) {
    return new BadFile(name, "record 3: " + told, lines -> summed(changed(lines, 2, from, to)));
  }

  private static BadFile entry(String name, String told, String line) {
    return new BadFile(
        name,
        "record 2: " + told,
        lines -> summed(List.of(lines.get(0), line, lines.get(2), lines.get(3))));
  }

  private static List<String> changed(List<String> lines, int at, String from, String to) {
    List<String> changed = new ArrayList<>(lines);
    changed.set(at, lines.get(at).replaceFirst(from, to));
    assertThat(changed).isNotEqualTo(lines);
    return changed;
  }

  /** With a foot that fits: whoever edits a file by hand may do that too. */
  private static List<String> summed(List<String> lines) {
    List<String> body = lines.subList(0, lines.size() - 1);
    String text = String.join("\n", body) + "\n";
    List<String> all = new ArrayList<>(body);
    all.add(
        "{\"sha256\":\""
            + HexFormat.of().formatHex(Sha256.of(text.getBytes(StandardCharsets.UTF_8)).toArray())
            + "\"}");
    return all;
  }

  static Stream<BadFile> badFiles() {
    String max = String.valueOf(Long.MAX_VALUE);
    return Stream.of(
        head("revision 2^63-1", "the revision", "\"revision\":\\d+", "\"revision\":" + max),
        head("base 2^63-1", "the base", "\"base\":\\d+", "\"base\":" + max),
        head("base 2^62", "the base", "\"base\":\\d+", "\"base\":" + (1L << 62)),
        head("base beyond a long", "the base", "\"base\":\\d+", "\"base\":9223372036854775808"),
        head("revision negative", "the revision", "\"revision\":\\d+", "\"revision\":-1"),
        head("base negative", "the base", "\"base\":\\d+", "\"base\":-7"),
        head("base at the revision", "the base", "\"base\":\\d+", "\"base\":0"),
        head("revision a text", "the revision", "\"revision\":\\d+", "\"revision\":\"7\""),
        head("no base", "the base", "\"base\":\\d+,", ""),
        head("another format", "it has another format", "\"format\":1", "\"format\":2"),
        head("wrong number", "it counts 9", "\"entries\":2", "\"entries\":9"),
        new BadFile(
            "entries swapped",
            "record 2: its key is not above the one before it",
            lines -> summed(List.of(lines.get(1), lines.get(0), lines.get(2), lines.get(3)))),
        new BadFile(
            "an entry twice",
            "record 2: its key",
            lines -> summed(List.of(lines.get(0), lines.get(0), lines.get(2), lines.get(3)))),
        new BadFile(
            "an entry twice, in a file without order",
            "record 2: its key",
            lines ->
                summed(
                    changed(
                        List.of(lines.get(0), lines.get(0), lines.get(2), lines.get(3)),
                        2,
                        "\"sorted\":true",
                        "\"sorted\":false"))),
        new BadFile(
            "an entry behind the head",
            "record 3: it follows the head",
            lines ->
                summed(
                    changed(
                        List.of(lines.get(0), lines.get(2), lines.get(1), lines.get(3)),
                        1,
                        "\"entries\":2",
                        "\"entries\":1"))),
        new BadFile(
            "two heads",
            "record 4: it follows the head",
            lines ->
                summed(
                    List.of(lines.get(0), lines.get(1), lines.get(2), lines.get(2), lines.get(3)))),
        new BadFile(
            "something behind the foot",
            "record 5: it follows the foot",
            lines -> List.of(lines.get(0), lines.get(1), lines.get(2), lines.get(3), lines.get(0))),
        new BadFile(
            "a bit of a value flipped",
            "record 4: the checksum",
            lines -> changed(lines, 1, "\"value\":\"d", "\"value\":\"e")),
        new BadFile(
            "a bit of the checksum flipped",
            "record 4: the checksum",
            lines -> changed(lines, 3, "\\{\"sha256\":\".", "{\"sha256\":\"x")),
        new BadFile("cut behind an entry", "record 2", lines -> lines.subList(0, 2)),
        new BadFile("cut behind the head", "record 3", lines -> lines.subList(0, 3)),
        new BadFile(
            "cut within an entry",
            "record 2",
            lines -> List.of(lines.get(0), lines.get(1).substring(0, 20))),
        new BadFile("an empty line", "record 1: no line of an export", _ -> List.of()),
        entry("no JSON", "no line of an export", "nonsense"),
        entry("a list", "no line of an export", "[1]"),
        entry("no value", "no line of an export", "{\"key\":\"map/m/x\"}"),
        entry("no name", "its key", "{\"key\":\"\",\"value\":\"\"}"),
        entry(
            "a name that is too long",
            "its key",
            "{\"key\":\"map/" + "x".repeat(4_000) + "\",\"value\":\"\"}"),
        entry("half a character", "its key", "{\"key\":\"map/m/\\ud800\",\"value\":\"\"}"),
        entry("a name of the nodes", "its key", "{\"key\":\"cluster/map\",\"value\":\"\"}"),
        entry("no Base64", "its value", "{\"key\":\"map/m/x\",\"value\":\"?\"}"),
        entry(
            "a value beyond a commit",
            "its value",
            "{\"key\":\"map/m/x\",\"value\":\"" + "AAAA".repeat(350_000) + "\"}"));
  }

  @ParameterizedTest
  @MethodSource("badFiles")
  void aBadFileIsRefusedByTheNumberOfItsRecordBeforeAnythingChanges(BadFile bad) {
    commit(old, new Change.Put(key(0), Bytes.utf8("value 0")));
    commit(old, new Change.Put(key(1), Bytes.utf8("value 1")));
    List<String> good = new String(export(old, "old"), StandardCharsets.UTF_8).lines().toList();
    assertThat(good).hasSize(4);
    awaitState("old");
    long before = anew.read(Keys.CLUSTER_IMPORT, SOON).revision();

    String text = String.join("\n", bad.damage().apply(good));

    assertRefused((text + "\n").getBytes(StandardCharsets.UTF_8), "BAD_EXPORT", bad.told());
    assertThat(anew.scan("", null, 10, SOON).entries()).hasSize(1);
    assertThat(anew.read(Keys.CLUSTER_IMPORT, SOON).revision()).isEqualTo(before);
    byte[] whole = (String.join("\n", good) + "\n").getBytes(StandardCharsets.UTF_8);
    assertThat(doImport(whole).entries()).isEqualTo(2);
  }

  @Test
  void aFileWhoseLastByteIsMissingIsRefused() {
    byte[] file = exported();

    assertRefused(new byte[0], "BAD_EXPORT", "it is empty");
    assertRefused(Arrays.copyOf(file, file.length - 1), "BAD_EXPORT", "record 252");
  }

  @Test
  void bytesThatAreNoTextAreNamed() {
    byte[] file = exported();
    file[30] = (byte) 0xff;

    assertRefused(file, "BAD_EXPORT", "record 1: no line of an export");
  }

  /** What fits into a commit by itself need not fit together with what comes before it. */
  @Test
  void valuesOfAnySizeThatACommitTakesMove() {
    commit(old, new Change.Put(key(0), Bytes.wrap(new byte[200_000])));
    commit(old, new Change.Put(key(1), Bytes.wrap(new byte[(1 << 20) - 1_000])));

    assertThat(doImport(export(old, "old")).entries()).isEqualTo(2);
  }

  /** As ZooKeeper's, and those of before. */
  @Test
  void anExportWithoutOrderCanBeImported() {
    byte[] file = exported();
    List<String> lines = new ArrayList<>(new String(file, StandardCharsets.UTF_8).lines().toList());
    Collections.swap(lines, 3, 9);
    List<String> without = summed(changed(lines, ENTRIES, ",\"sorted\":true", ""));

    byte[] text = (String.join("\n", without) + "\n").getBytes(StandardCharsets.UTF_8);

    assertThat(doImport(text).entries()).isEqualTo(ENTRIES);
  }

  @Test
  void nothingIsGivenUpWhereNothingIsAwaited() {
    FakeExchange empty = new FakeExchange("POST", "").asking("empty", "");

    assertThatThrownBy(() -> doImport(empty))
        .isInstanceOfSatisfying(
            ProblemException.class, problem -> assertThat(problem.code()).isEqualTo("NOT_AWAITED"));
  }
}
