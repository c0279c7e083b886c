package dev.holdfast.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Three processes that commit. The callers sit inside them, in equal parts, as the transactors of a
 * node would.
 */
final class CommitProcesses implements AutoCloseable {
  private static final int SERVERS = 3;

  private final String peer;
  private final List<Process> processes = new ArrayList<>();
  private final List<BufferedReader> answers = new ArrayList<>();

  CommitProcesses(String peer, Class<?> server, Path folder) throws IOException {
    this.peer = peer;
    int[] ports = ZooKeeperPeer.freePorts(SERVERS);
    List<String> founders = new ArrayList<>();
    for (int i = 0; i < SERVERS; i++) {
      founders.add("n" + (i + 1) + "=127.0.0.1:" + ports[i]);
    }
    for (int i = 0; i < SERVERS; i++) {
      Path data = Files.createDirectories(folder.resolve("n" + (i + 1)));
      Process process =
          Java.start(
              data.resolve("log"),
              "512m",
              List.of(),
              server.getName(),
              List.of("n" + (i + 1), data.resolve("state").toString(), String.join(",", founders)));
      processes.add(process);
      answers.add(process.inputReader(StandardCharsets.UTF_8));
    }
    for (BufferedReader answer : answers) {
      expect(answer, "ready");
    }
  }

  void commits(Duration warmUp, Duration counted) throws IOException {
    var _ = row(Load.WARM_UP_CALLERS, Bench.WARM_UP, Duration.ZERO);
    for (int callers : Bench.CALLERS) {
      Bench.print(row(callers, warmUp, counted));
    }
  }

  private Row row(int callers, Duration warmUp, Duration counted) throws IOException {
    Latencies all = new Latencies();
    long failures = 0;
    for (int i = 0; i < SERVERS; i++) {
      int part = callers / SERVERS + (i < callers % SERVERS ? 1 : 0);
      PrintStream commands =
          new PrintStream(processes.get(i).getOutputStream(), true, StandardCharsets.UTF_8);
      commands.println(part + " " + warmUp.toMillis() + " " + counted.toMillis());
    }
    for (BufferedReader answer : answers) {
      failures += Long.parseLong(expect(answer, "failures"));
      all.addAll(expect(answer, "latencies"));
    }
    return new Row(
        peer,
        "commit",
        callers,
        all.count() / (counted.toMillis() / 1e3),
        all.percentileMillis(0.5),
        all.percentileMillis(0.99),
        failures);
  }

  private static String expect(BufferedReader answer, String word) throws IOException {
    String line = answer.readLine();
    if (line == null || !line.startsWith(word)) {
      throw new IOException("A coordinator process said '" + line + "' instead of " + word);
    }
    return line.substring(word.length()).strip();
  }

  @Override
  public void close() {
    processes.forEach(Java::stop);
  }
}
