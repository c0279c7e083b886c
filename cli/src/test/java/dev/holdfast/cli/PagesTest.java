// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.client.Holdfast;
import dev.holdfast.client.MapClient;
import dev.holdfast.client.ObjectClient;
import dev.holdfast.client.Session;
import dev.holdfast.protocol.ElectionBodies;
import dev.holdfast.protocol.LockBodies;
import dev.holdfast.protocol.MapBodies;
import dev.holdfast.protocol.ObjectBodies;
import dev.holdfast.protocol.WireJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Every list, to its end: over REST, in Java and in the shell, around the size of a page. */
final class PagesTest {
  /** The limit of all lists of the node. */
  private static final int PAGE = 1_000;

  @TempDir private Path folder = Path.of("");
  private final HttpClient http = HttpClient.newHttpClient();
  private String api = "";

  @Test
  void listsAreReadToTheirEnd() throws Exception {
    try (NodesInProcess node = new NodesInProcess(folder, 1);
        Holdfast holdfast = Holdfast.connect(node.apis().get(0));
        Session session = holdfast.session()) {
      api = node.apis().get(0);
      int there = 0;
      for (int size : List.of(PAGE - 1, PAGE, PAGE + 1)) {
        List<String> more = names().subList(there, size);
        put(holdfast.objects(), more);
        set(session.map("default"), more);
        acquire(session, more);
        there = size;
        List<String> all = names().subList(0, size);
        showsAllOverRest(all);
        showsAllInJava(holdfast, session, all);
        showsAllInTheShell(all);
      }
    }
  }

  private static List<String> names() {
    return IntStream.rangeClosed(0, PAGE).mapToObj("k%04d"::formatted).toList();
  }

  private static void put(ObjectClient objects, List<String> names) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<?>> puts = new ArrayList<>();
      names.forEach(
          name -> puts.add(threads.submit(() -> objects.put(name, name.getBytes(UTF_8)))));
      for (Future<?> put : puts) {
        put.get();
      }
    }
  }

  private static void set(MapClient<String> map, List<String> names) {
    names.stream().map(name -> map.setAsync(name, name)).toList().forEach(CompletableFuture::join);
  }

  /** The members of a group are locks, so one grant stands in two lists. */
  private static void acquire(Session session, List<String> names) {
    names.stream()
        .map(name -> session.lock("~group/g/" + name).acquireAsync())
        .toList()
        .forEach(CompletableFuture::join);
  }

  private void showsAllOverRest(List<String> all) throws Exception {
    List<String> objects = new ArrayList<>();
    String next = "";
    while (next != null) {
      ObjectBodies.Page page = page("/v1/objects?prefix=k", next, ObjectBodies.Page.class);
      assertThat(page.complete()).isTrue();
      page.objects().forEach(info -> objects.add(info.key()));
      next = page.next();
    }
    assertThat(objects).isEqualTo(all);
    List<String> entries = new ArrayList<>();
    for (next = ""; next != null; ) {
      MapBodies.Page page = page("/v1/map?map=default", next, MapBodies.Page.class);
      page.entries().forEach(entry -> entries.add(entry.key()));
      next = page.next();
    }
    assertThat(entries).isEqualTo(all);
    List<String> locks = new ArrayList<>();
    for (next = ""; next != null; ) {
      LockBodies.Page page = page("/v1/locks?prefix=~group/g/", next, LockBodies.Page.class);
      page.locks().forEach(view -> locks.add(view.lock().replace("~group/g/", "")));
      next = page.next();
    }
    assertThat(locks).containsExactlyInAnyOrderElementsOf(all);
    assertThat(get("/v1/groups/g", ElectionBodies.Group.class).members())
        .extracting(ElectionBodies.Member::member)
        .isEqualTo(all);
  }

  private <T> T page(String target, String after, Class<T> type) throws Exception {
    return get(after.isEmpty() ? target : target + "&after=" + after, type);
  }

  private <T> T get(String target, Class<T> type) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(URI.create(api + target)).build(),
            HttpResponse.BodyHandlers.ofString());
    return WireJson.answers().readValue(answer.body(), type);
  }

  private static void showsAllInJava(Holdfast holdfast, Session session, List<String> all) {
    assertThat(holdfast.objects().list("k").map(ObjectBodies.Info::key)).isEqualTo(all);
    assertThat(session.map("default").keys()).isEqualTo(all);
  }

  private void showsAllInTheShell(List<String> all) {
    assertThat(lines("ls", "-r", "k")).isEqualTo(all);
    assertThat(json("ls", "-r", "k").path("objects").size()).isEqualTo(all.size());
    assertThat(json("ls", "-r", "k").path("complete").asBoolean()).isTrue();
    assertThat(json("kv", "ls").path("entries").size()).isEqualTo(all.size());
    assertThat(json("lock", "ls", "~group/g/").path("locks").size()).isEqualTo(all.size());
  }

  private List<String> lines(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--server", api));
    Shell.Result result = Shell.in(folder).run(all.toArray(new String[0]));
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out().lines().toList();
  }

  private JsonNode json(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--json");
    return WireJson.answers().readTree(String.join("\n", lines(all.toArray(new String[0]))));
  }
}
