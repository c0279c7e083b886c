// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.client.ClientConfig;
import dev.holdfast.client.CounterClient;
import dev.holdfast.client.Encoding;
import dev.holdfast.client.Hold;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.LatchClient;
import dev.holdfast.client.LocalEntry;
import dev.holdfast.client.MapClient;
import dev.holdfast.client.MapCommand;
import dev.holdfast.client.MapEntry;
import dev.holdfast.client.MapEvent;
import dev.holdfast.client.MapListener;
import dev.holdfast.client.MapUpdate;
import dev.holdfast.client.MapWatch;
import dev.holdfast.client.RefusedException;
import dev.holdfast.client.Session;
import dev.holdfast.client.WaitTimeoutException;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Maps, counters and latches of the Java client, REST and the shell, on a real cluster. */
@HoldfastCluster
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class MapIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int THREADS = 16;

  private final LocalCluster cluster;

  MapIT(LocalCluster cluster) {
    this.cluster = cluster;
  }

  private static ClientConfig at(LocalNode node, Encoding encoding) {
    return ClientConfig.of(node.apiUri().toString())
        .withEncoding(encoding)
        .withRequestTimeout(Duration.ofSeconds(40));
  }

  @ParameterizedTest
  @EnumSource
  void writesComparesListsAndDeletes(Encoding encoding) {
    try (Holdfast a = Holdfast.connect(at(cluster.node(0), encoding));
        Holdfast b = Holdfast.connect(at(cluster.node(1), encoding))) {
      MapClient<String> map = a.map("basics/" + encoding);
      MapClient<String> same = b.map("basics/" + encoding);
      List<MapCommand> applied = new ArrayList<>();
      map.onCommandApplied(command -> {
        synchronized (applied) {
          applied.add(command);
        }
      });

      long first = map.set("k/ä", "1");
      assertThat(same.entry("k/ä")).contains(new MapEntry<>("k/ä", "1", first));
      assertThat(same.has("nothing")).isFalse();
      OptionalLong second = same.compareAndSet("k/ä", first, "2");
      assertThat(second).isPresent();
      assertThat(map.compareAndSet("k/ä", first, "3")).isEmpty();
      assertThat(map.setIfAbsent("k/ä", "3")).isEmpty();
      assertThat(map.setIfAbsent("k/b", "x".repeat(30_000))).isPresent();
      assertThat(map.compareAndDelete("k/ä", first)).isFalse();

      for (int i = 0; i < 30; i++) {
        map.set("p/%02d".formatted(i), "v".repeat(5_000));
      }
      assertThat(same.entries("p/").map(MapEntry::key)).hasSize(30).isSorted();
      assertThat(same.keys()).hasSize(32).contains("k/ä");
      assertThat(same.values()).contains("2");

      long version =
          map.batchUpdate(
              List.of(
                  MapUpdate.set("k/ä", "4").ifVersion(second.getAsLong()),
                  MapUpdate.set("k/c", "5").ifAbsent(),
                  MapUpdate.delete("k/b")));
      assertThat(same.entry("k/c")).contains(new MapEntry<>("k/c", "5", version));
      assertThat(same.get("k/b")).isEmpty();
      assertThatThrownBy(() ->
              same.batchUpdate(
                  List.of(MapUpdate.set("new", "1"), MapUpdate.set("k/c", "6").ifAbsent())))
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.code()).isEqualTo("VERSION_MISMATCH"));
      assertThat(map.has("new")).isFalse();

      same.delete("k/ä");
      assertThat(map.get("k/ä")).isEmpty();
      assertThat(map.setAsync("async", "1").join()).isGreaterThan(version);
      assertThat(map.getAsync("async").join()).contains("1");
      Await.until(SOON, "the size is counted", () -> map.stats().entries() == 32);
      Await.until(SOON, "the node has applied it", () -> map.getLocal("async").entry().isPresent());
      LocalEntry<String> local = map.getLocal("async");
      assertThat(local.revision()).isGreaterThanOrEqualTo(version);
      Await.until(
          SOON,
          "its commands were told",
          () -> {
            synchronized (applied) {
              return applied.stream().anyMatch(command -> command.keys().contains("async"));
            }
          });
      assertThatThrownBy(() -> map.set("large", "x".repeat(40_000)))
          .isInstanceOf(RefusedException.class);
    }
  }

  /** The keys have different homes, one of which is the node that dies. */
  @Test
  void keysWithATtlGoInTimeAndNotBeforeThoughAHomeIsKilled() {
    Duration ttl = Duration.ofSeconds(4);
    LocalNode victim = cluster.node(2);
    try (Holdfast holdfast = Holdfast.connect(at(cluster.node(0), Encoding.CBOR))) {
      MapClient<String> map = holdfast.map("ttl");
      map.set("stays", "1", ttl);
      map.set("stays", "2");
      long written = System.nanoTime();
      for (int i = 0; i < 12; i++) {
        map.set("k" + i, "v", ttl);
      }
      victim.kill();

      assertThat(map.get("k11")).contains("v");
      Await.until(
          SOON,
          "one is gone",
          () -> {
            boolean gone = map.keys().count() < 13;
            assertThat(gone && System.nanoTime() - written < ttl.toNanos()).isFalse();
            return gone;
          });
      Await.until(SOON, "all are gone", () -> map.keys().toList().equals(List.of("stays")));
    } finally {
      victim.start();
      cluster.awaitReady(SOON);
    }
  }

  @Test
  void keysThatAreBoundToASessionGoWithIt() throws Exception {
    try (Holdfast holdfast = Holdfast.connect(at(cluster.node(0), Encoding.JSON));
        HttpClient http = HttpClient.newHttpClient()) {
      MapClient<String> look = holdfast.map("bound");
      HttpResponse<String> opened = rest(http, 1, "POST", "/v1/sessions", "{\"ttl\":\"3s\"}");
      String silent = opened.body().replaceAll("(?s).*\"session\" ?: ?\"([^\"]+)\".*", "$1");
      try (Session stays = holdfast.session()) {
        stays.map("bound").whileSessionLives().set("stays", "1");
        HttpResponse<String> put =
            rest(http, 2, "PUT", "/v1/map/bound/expired", "1", "Holdfast-Session", silent);
        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
        assertThat(
                rest(http, 0, "GET", "/v1/map/bound/expired", "")
                    .headers()
                    .firstValue("Holdfast-Session"))
            .hasValueSatisfying(alias -> assertThat(alias).startsWith("s-").isNotEqualTo(silent));
        try (Session ends = holdfast.session()) {
          ends.map("bound").whileSessionLives().set("closed", "1");
          ends.map("bound").whileSessionLives().set("kept", "1");
          look.set("kept", "2");
        }

        Await.until(
            SOON, "two have gone", () -> look.keys().toList().equals(List.of("kept", "stays")));
        String late =
            rest(http, 0, "PUT", "/v1/map/bound/late", "1", "Holdfast-Session", silent).body();
        assertThat(late).contains("SESSION_NOT_FOUND");
      }
      Await.until(SOON, "all have gone", () -> look.keys().toList().equals(List.of("kept")));
    }
  }

  @Test
  void refusesAStaleFenceAtomically() throws Exception {
    try (Holdfast holdfast = Holdfast.connect(at(cluster.node(0), Encoding.CBOR))) {
      Hold hold = holdfast.locks().lock("map-fence").acquire();
      MapClient<String> map = holdfast.map("fenced").fenced(hold.fence());
      map.set("a", "1");

      hold.releaseAsync().get(SOON.toMillis(), TimeUnit.MILLISECONDS);

      assertThatThrownBy(() -> map.set("a", "2"))
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.code()).isEqualTo("FENCED"));
      assertThat(holdfast.map("fenced").get("a")).contains("1");
    }
  }

  /**
   * Each of 16 threads increments by read-compare-set and by addition, while the node that they are
   * connected to is killed, started again, and the next one killed.
   */
  @Test
  void losesNothingAndDoublesNothingWhenTheConnectedNodeIsKilled() throws Exception {
    int rounds = 60;
    LocalNode victim = cluster.node(0);
    Map<String, MapEvent<String>> seen = new ConcurrentHashMap<>();
    ConcurrentLinkedQueue<String> disorder = new ConcurrentLinkedQueue<>();
    AtomicLong resyncs = new AtomicLong();
    try (Holdfast holdfast = Holdfast.connect(at(victim, Encoding.CBOR));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      MapClient<String> map = holdfast.map("killed");
      CounterClient counter = holdfast.counter("killed");
      map.set("gone", "soon");
      try (MapWatch _ = map.watch("", new Recorder(seen, disorder, resyncs))) {
        AtomicLong done = new AtomicLong();
        List<Future<?>> incrementers = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
          String own = "own-" + i;
          incrementers.add(
              threads.submit(() -> {
                for (int round = 1; round <= rounds; round++) {
                  map.update("shared", MapIT::plusOne);
                  counter.incrementAndGet();
                  map.set(own, Integer.toString(round));
                  done.incrementAndGet();
                }
                return null;
              }));
        }
        Await.until(SOON, "a quarter is done", () -> done.get() > (long) THREADS * rounds / 4);
        victim.kill();
        Await.until(SOON, "half is done", () -> done.get() > (long) THREADS * rounds / 2);
        map.delete("gone");
        victim.start();
        for (Future<?> incrementer : incrementers) {
          incrementer.get(200, TimeUnit.SECONDS);
        }

        assertThat(map.get("shared")).contains(Integer.toString(THREADS * rounds));
        assertThat(counter.get()).isEqualTo((long) THREADS * rounds);
        Map<String, String> now =
            map.entries().collect(Collectors.toMap(MapEntry::key, MapEntry::value));
        assertThat(now).hasSize(THREADS + 1).doesNotContainKey("gone");
        Await.until(
            SOON,
            "the watch has told the final state of each key",
            () -> now.equals(present(seen)));
        assertThat(seen.get("gone")).satisfies(event -> assertThat(event.isDeleted()).isTrue());
        assertThat(disorder).isEmpty();
        assertThat(resyncs.get()).isPositive();
      }
    } finally {
      if (!victim.isAlive()) {
        victim.start();
      }
      cluster.awaitReady(SOON);
    }
  }

  private static Optional<String> plusOne(Optional<String> before) {
    return Optional.of(Integer.toString(before.map(Integer::parseInt).orElse(0) + 1));
  }

  private static Map<String, String> present(Map<String, MapEvent<String>> seen) {
    Map<String, String> present = new TreeMap<>();
    seen.forEach((key, event) -> event.value().ifPresent(value -> present.put(key, value)));
    return present;
  }

  private record Recorder(
      Map<String, MapEvent<String>> seen,
      ConcurrentLinkedQueue<String> disorder,
      AtomicLong resyncs)
      implements MapListener<String> {
    @Override
    public void changed(MapEvent<String> event) {
      MapEvent<String> before = seen.put(event.key(), event);
      if (before != null && before.version() >= event.version()) {
        disorder.add(before + " before " + event);
      }
    }

    @Override
    public void resynced() {
      resyncs.incrementAndGet();
    }
  }

  @Test
  void watchesFromNowAndToldDeletionsThroughAnotherNode() {
    Map<String, MapEvent<String>> seen = new ConcurrentHashMap<>();
    ConcurrentLinkedQueue<String> disorder = new ConcurrentLinkedQueue<>();
    try (Holdfast a = Holdfast.connect(at(cluster.node(0), Encoding.CBOR));
        Holdfast b = Holdfast.connect(at(cluster.node(2), Encoding.JSON))) {
      MapClient<String> map = a.map("from-now");
      map.set("old", "1");
      map.set("p/old", "1");
      try (MapWatch _ =
          b.map("from-now").watchFromNow("p/", new Recorder(seen, disorder, new AtomicLong()))) {
        // What was before may or may not be old for a watch that has just begun: a new key tells.
        Await.until(
            SOON,
            "the watch tells",
            () -> {
              map.set("p/probe", "x");
              return seen.containsKey("p/probe");
            });
        map.delete("p/old");
        map.set("other", "2");
        map.set("p/new", "3");

        Await.until(SOON, "the new key", () -> seen.containsKey("p/new"));
        Await.until(
            SOON,
            "the deletion",
            () -> Optional.ofNullable(seen.get("p/old")).filter(MapEvent::isDeleted).isPresent());
        assertThat(seen).doesNotContainKeys("old", "other");
        assertThat(disorder).isEmpty();
      }
    }
  }

  @Test
  void opensALatchForWaitersOfOtherNodes() throws Exception {
    try (Holdfast a = Holdfast.connect(at(cluster.node(0), Encoding.CBOR));
        Holdfast b = Holdfast.connect(at(cluster.node(1), Encoding.JSON));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      LatchClient latch = a.latch("ready");
      assertThat(latch.trySetCount(2)).isTrue();
      assertThat(latch.trySetCount(5)).isFalse();
      assertThat(b.latch("ready").await(Duration.ofMillis(100))).isFalse();
      Future<Boolean> waiting = threads.submit(() -> b.latch("ready").await(SOON));

      assertThat(latch.countDown()).isEqualTo(1);
      assertThat(b.latch("ready").count()).isEqualTo(1);
      assertThat(latch.countDown()).isZero();

      assertThat(waiting.get(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void tripsABarrierWhenAllHaveCome() throws Exception {
    try (Holdfast a = Holdfast.connect(at(cluster.node(0), Encoding.CBOR));
        Holdfast b = Holdfast.connect(at(cluster.node(1), Encoding.JSON));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThatThrownBy(() -> a.barrier("step", 2).await(Duration.ofMillis(100)))
          .isInstanceOf(WaitTimeoutException.class);
      for (int round = 0; round < 3; round++) {
        Future<Integer> other = threads.submit(() -> b.barrier("step", 2).await(SOON));
        int mine = a.barrier("step", 2).await(SOON);

        assertThat(mine + other.get(60, TimeUnit.SECONDS)).isEqualTo(1);
      }
    }
  }

  @Test
  void speaksRestWithVersionsAsTags() throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> put = rest(http, 0, "PUT", "/v1/map/rest/a%2Fb", "1");
      assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
      String tag = put.headers().firstValue("ETag").orElseThrow();

      HttpResponse<String> got = rest(http, 1, "GET", "/v1/map/rest/a%2Fb", "");
      assertThat(got.body()).isEqualTo("1");
      assertThat(got.headers().firstValue("ETag")).contains(tag);
      assertThat(rest(http, 1, "GET", "/v1/map/rest/a%2Fb", "", "If-None-Match", tag).statusCode())
          .isEqualTo(304);

      assertThat(rest(http, 2, "PUT", "/v1/map/rest/a%2Fb", "2", "If-Match", tag).statusCode())
          .isEqualTo(200);
      HttpResponse<String> stale = rest(http, 0, "PUT", "/v1/map/rest/a%2Fb", "3", "If-Match", tag);
      assertThat(stale.statusCode()).isEqualTo(412);
      assertThat(stale.body()).contains("VERSION_MISMATCH");
      assertThat(rest(http, 0, "PUT", "/v1/map/rest/a%2Fb", "3", "If-None-Match", "*").statusCode())
          .isEqualTo(412);
      assertThat(
              rest(http, 0, "PUT", "/v1/map/rest/a%2Fb", "3", "Holdfast-Fence", "no;1")
                  .statusCode())
          .isEqualTo(412);
      assertThat(rest(http, 0, "PUT", "/v1/map/rest/c", "x".repeat(40_000)).statusCode())
          .isEqualTo(413);

      rest(http, 0, "PUT", "/v1/map/alone", "default map");
      assertThat(rest(http, 1, "GET", "/v1/map/default/alone", "").body()).isEqualTo("default map");
      assertThat(rest(http, 1, "GET", "/v1/map?map=rest", "").body()).contains("\"a/b\"");
      HttpResponse<String> local = rest(http, 0, "GET", "/v1/map/alone?local=true", "");
      assertThat(local.headers().firstValue("Holdfast-Age-Millis")).isPresent();
      assertThat(rest(http, 0, "DELETE", "/v1/map/rest/a%2Fb", "").statusCode()).isEqualTo(200);
      assertThat(rest(http, 2, "GET", "/v1/map/rest/a%2Fb", "").statusCode()).isEqualTo(404);
      assertThat(rest(http, 2, "GET", "/v1/counters/none", "").body()).contains("\"value\":0");
    }
  }

  private HttpResponse<String> rest(
      HttpClient http, int node, String method, String path, String body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(cluster.node(node).apiUri() + path))
            .timeout(SOON)
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (body.startsWith("{")) {
      request.header("Content-Type", "application/json");
    }
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void worksFromTheShell() throws Exception {
    Cli cli = new Cli(cluster);
    String server = cluster.apiUris().stream().map(URI::toString).collect(Collectors.joining(","));

    Cli.Result set = cli.run("kv", "set", "greeting", "hello", "--server", server);
    assertThat(set.exitCode()).as(set.output()).isZero();
    assertThat(cli.run("kv", "get", "greeting", "--server", server).output()).contains("hello");
    Cli.Result present =
        cli.run("kv", "set", "--if-version", "0", "greeting", "bye", "--server", server);
    assertThat(present.exitCode()).as(present.output()).isEqualTo(4);
    assertThat(cli.run("kv", "ls", "gree", "--json", "--server", server).output())
        .contains("\"greeting\"");
    Cli.Result watch = cli.run("kv", "watch", "gree", "--for", "3s", "--json", "--server", server);
    assertThat(watch.output()).contains("\"value\":\"hello\"");
    assertThat(watch.exitCode()).isZero();
    assertThat(cli.run("kv", "rm", "greeting", "--server", server).exitCode()).isZero();
    assertThat(cli.run("kv", "set", "--ttl", "1s", "brief", "1", "--server", server).exitCode())
        .isZero();
    Cli.Result both =
        cli.run("kv", "set", "--ttl", "1s", "--session", "s", "k", "v", "--server", server);
    assertThat(both.exitCode()).as(both.output()).isEqualTo(2);
    try (Holdfast holdfast = Holdfast.connect(at(cluster.node(0), Encoding.CBOR))) {
      MapClient<String> map = holdfast.map("default");
      Await.until(SOON, "the brief one is gone", () -> !map.has("brief"));
    }
  }

  /** Without a further change, whose write would end it in any case. */
  @Test
  void aWatchInTheShellEndsWithItsReaderAndWithASignal() throws Exception {
    Cli cli = new Cli(cluster);
    String server = cluster.apiUris().getFirst().toString();
    assertThat(cli.run("kv", "set", "pipe/a", "1", "--server", server).exitCode()).isZero();

    Process watch = cli.start("kv", "watch", "pipe/", "--server", server);
    try (BufferedReader lines = watch.inputReader()) {
      assertThat(lines.readLine()).contains("pipe/a = 1");
    }
    assertThat(watch.waitFor(10, TimeUnit.SECONDS)).as("it ends with its reader").isTrue();
    assertThat(watch.exitValue()).isEqualTo(141);

    // Not SIGINT: where the tests run in the background of a shell, children ignore it.
    Process other = cli.start("kv", "watch", "pipe/", "--server", server);
    assertThat(other.inputReader().readLine()).contains("pipe/a = 1");
    other.destroy();
    assertThat(other.waitFor(5, TimeUnit.SECONDS)).as("it ends with SIGTERM").isTrue();
    assertThat(other.exitValue()).isEqualTo(143);
  }
}
