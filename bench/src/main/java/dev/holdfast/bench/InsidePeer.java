// SPDX-License-Identifier: Apache-2.0
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
final class InsidePeer implements Peer.Commits {
  private final String name;
  private final List<Process> processes = new ArrayList<>();
  private final List<BufferedReader> answers = new ArrayList<>();

  InsidePeer(String name, Class<?> server, Path folder) throws IOException {
    this.name = name;
    int[] ports = Servers.freePorts(Servers.COUNT);
    List<String> founders = new ArrayList<>();
    for (int i = 0; i < Servers.COUNT; i++) {
      founders.add("n" + (i + 1) + "=127.0.0.1:" + ports[i]);
    }
    for (int i = 0; i < Servers.COUNT; i++) {
      Path data = Files.createDirectories(folder.resolve("n" + (i + 1)));
      List<String> arguments =
          List.of("n" + (i + 1), data.resolve("state").toString(), String.join(",", founders));
      Process process =
          new ProcessBuilder(Java.command(Servers.HEAP, List.of(), server.getName(), arguments))
              .redirectError(data.resolve("log").toFile())
              .start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
      processes.add(process);
      answers.add(process.inputReader(StandardCharsets.UTF_8));
    }
    for (BufferedReader answer : answers) {
      expect(answer, "ready");
    }
  }

  @Override
  public String name() {
    return name;
  }

  /** Its callers make the keys as they go. */
  @Override
  public void fill(int keys) {}

  @Override
  public void warmUp(Duration time) throws IOException {
    var _ =
        commitRow(
            RowName.COMMIT,
            CoordinationBench.KEYS,
            Load.WARM_UP_CALLERS,
            time,
            Duration.ofMillis(1));
  }

  @Override
  public Row commitRow(RowName row, int keys, int callers, Duration warmUp, Duration counted)
      throws IOException {
    Latencies all = new Latencies();
    long failures = 0;
    for (int i = 0; i < Servers.COUNT; i++) {
      int part = callers / Servers.COUNT + (i < callers % Servers.COUNT ? 1 : 0);
      PrintStream commands =
          new PrintStream(processes.get(i).getOutputStream(), true, StandardCharsets.UTF_8);
      commands.println(part + " " + keys + " " + warmUp.toMillis() + " " + counted.toMillis());
    }
    for (BufferedReader answer : answers) {
      failures += Long.parseLong(expect(answer, "failures"));
      all.addAll(expect(answer, "latencies"));
    }
    return new Row(
        name,
        row.text(),
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
  public List<Long> pids() {
    return processes.stream().map(Process::pid).toList();
  }

  @Override
  public void close() {
    processes.forEach(Java::stop);
  }
}
