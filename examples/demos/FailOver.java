import dev.holdfast.client.Hold;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.HoldfastException;
import dev.holdfast.client.ObjectReader;
import dev.holdfast.client.WriteOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The client of the demo fail-over: writes, kills the leader, writes on, and checks all at the end. */
final class FailOver {
  private static final Pattern NODE = Pattern.compile("\\{[^{}]*\"id\"[^{}]*}");
  private static final int WRITES_BEFORE = 20;
  private static final int WRITES_AFTER = 30;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final long BEGUN = System.nanoTime();

  public static void main(String[] arguments) throws Exception {
    Map<String, Long> pids = pids(Files.readString(Path.of(arguments[0])));
    try (Holdfast holdfast = Holdfast.connect(arguments[1])) {
      CountDownLatch elected = new CountDownLatch(1);
      String[] leader = new String[1];
      holdfast.events(
          event -> {
            switch (event.type()) {
              case "leader_elected" -> {
                tell("event of %s: %s leads", event.node(), event.details().get("leader"));
                leader[0] = event.details().get("leader");
                elected.countDown();
              }
              case "node_unhealthy", "peer_disconnected" ->
                  tell("event of %s: %s %s", event.node(), event.type(), event.details().get("peer"));
              default -> {}
            }
          });
      Hold hold = holdfast.locks().lock("demo").acquire();
      tell("holds the lock 'demo' with token %d", hold.token());

      List<String> written = new ArrayList<>();
      for (int i = 0; i < WRITES_BEFORE; i++) {
        written.add(write(holdfast, i));
      }
      tell("%d writes acknowledged", written.size());

      String victim = victim(arguments[1], pids);
      tell("kills %s, the leader, with SIGKILL", victim);
      long killed = System.nanoTime();
      ProcessHandle.of(pids.get(victim)).orElseThrow().destroyForcibly();

      long longest = 0;
      for (int i = WRITES_BEFORE; i < WRITES_BEFORE + WRITES_AFTER; i++) {
        long begun = System.nanoTime();
        written.add(write(holdfast, i));
        longest = Math.max(longest, System.nanoTime() - begun);
      }
      tell(
          "%d more writes acknowledged; the slowest took %d ms, all since the kill %d ms",
          WRITES_AFTER, longest / 1_000_000, (System.nanoTime() - killed) / 1_000_000);

      int lost = 0;
      for (String key : written) {
        try (ObjectReader reader = holdfast.objects().get(key)) {
          String read = new String(reader.readAll(), StandardCharsets.UTF_8);
          if (!read.equals("content of " + key)) {
            lost++;
          }
        }
      }
      tell("reads all %d back: %d lost", written.size(), lost);
      tell("the lock is %s, its token is still %d", hold.state(), hold.token());
      hold.close();
      if (lost > 0) {
        throw new IllegalStateException("acknowledged writes were lost");
      }
    }
  }

  /** Writes until it is acknowledged: the same bytes under the same key are the same version. */
  private static String write(Holdfast holdfast, int number) throws InterruptedException {
    String key = "demo/" + number;
    long end = System.nanoTime() + PATIENCE.toNanos();
    boolean told = false;
    while (true) {
      try {
        holdfast
            .objects()
            .put(key, ("content of " + key).getBytes(StandardCharsets.UTF_8), WriteOptions.NONE);
        if (told) {
          tell("write %d is acknowledged now", number);
        }
        return key;
      } catch (HoldfastException e) {
        if (System.nanoTime() - end > 0) {
          throw e;
        }
        if (!told) {
          told = true;
          tell("write %d is not acknowledged yet: %s", number, e.getMessage());
        }
        TimeUnit.MILLISECONDS.sleep(100);
      }
    }
  }

  private static Map<String, Long> pids(String up) {
    Map<String, Long> pids = new TreeMap<>();
    Matcher nodes = NODE.matcher(up);
    while (nodes.find()) {
      pids.put(field(nodes.group(), "id"), Long.parseLong(field(nodes.group(), "pid")));
    }
    return pids;
  }

  /** Asked of a node, as any HTTP client can. */
  private static String victim(String servers, Map<String, Long> pids) throws Exception {
    try (var http = java.net.http.HttpClient.newHttpClient()) {
      String status =
          http.send(
                  java.net.http.HttpRequest.newBuilder(
                          java.net.URI.create(servers.split(",")[0] + "/v1/cluster"))
                      .build(),
                  java.net.http.HttpResponse.BodyHandlers.ofString())
              .body();
      String leader = field(status, "leader");
      if (!pids.containsKey(leader)) {
        throw new IllegalStateException("no leader in " + status);
      }
      return leader;
    }
  }

  private static String field(String json, String name) {
    Matcher value = Pattern.compile("\"" + name + "\"\\s*:\\s*\"?([^\",}\\s]+)").matcher(json);
    if (!value.find()) {
      throw new IllegalStateException("no " + name + " in " + json);
    }
    return value.group(1);
  }

  private static void tell(String text, Object... values) {
    System.out.printf(
        "%6d ms  client: %s%n", (System.nanoTime() - BEGUN) / 1_000_000, text.formatted(values));
  }
}
