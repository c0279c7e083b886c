// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * {@code holdfast bench coordination …} and {@code holdfast bench objects [SECONDS]}. All servers
 * are processes of their own on this machine, with all fsyncs on; the load comes from this process.
 */
public final class Bench {
  private static final int USAGE = 2;

  private Bench() {}

  public static void main(String[] args) throws Exception {
    String kind = args.length == 0 ? "" : args[0];
    Path folder = Files.createTempDirectory(Path.of("bench"), "data-");
    try {
      switch (kind) {
        case "coordination" -> coordination(Arrays.asList(args).subList(1, args.length), folder);
        case "objects" -> {
          Duration counted = Duration.ofSeconds(args.length > 1 ? Long.parseLong(args[1]) : 10);
          new ObjectsBench(folder).run(counted.dividedBy(2), counted);
        }
        default -> throw new IllegalArgumentException("Unknown: '" + kind + "'");
      }
    } catch (IllegalArgumentException e) {
      System.err.println("holdfast bench: " + e.getMessage());
      System.err.print(CoordinationOptions.USAGE);
      System.err.println("usage: holdfast bench objects [SECONDS]");
      delete(folder);
      System.exit(USAGE);
    } catch (Exception e) {
      e.printStackTrace();
      System.exit(1); // Clients of some peers leave threads behind.
    }
    delete(folder);
    System.exit(0);
  }

  private static void coordination(List<String> arguments, Path folder) throws Exception {
    CoordinationOptions options = CoordinationOptions.parse(arguments);
    CoordinationBench bench = new CoordinationBench(options, folder, System.err);
    List<Row> rows = bench.run();
    String command = ("holdfast bench coordination " + String.join(" ", arguments)).strip();
    Report report = new Report(Machine.text(), Machine.commit(), command, rows);
    if (options.json()) {
      System.out.print(report.toJson());
    } else {
      System.out.println(Row.HEADER);
      rows.forEach(row -> System.out.println(row.toMarkdown()));
    }
    if (options.write()) {
      report.write(Path.of("docs", "benchmarks"));
    }
    if (!bench.broken().isEmpty()) {
      throw bench.broken().getFirst();
    }
  }

  static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
