// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.HelpOption;
import dev.holdfast.cli.terminal.Terminal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Unmatched;

/** Hands over to {@code bench/run} of the clone that this distribution was built in. */
@Command(
    name = "bench",
    description = {
      "Measure Holdfast beside its peers on this machine; from a clone only.",
      "",
      "bench coordination [--peers zookeeper,etcd,nats,curator] [--only] [--rows ROW,...]",
      "    [--minutes N | --seconds N] [--rounds N] [--kills N] [--json] [--no-write]",
      "bench objects [SECONDS]",
      "",
      "Each peer runs as three processes, one peer after the other; etcd and nats-server must be",
      "installed. Leaves a table, a JSON file and charts in docs/benchmarks."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast bench coordination --peers zookeeper,curator --minutes 20",
      "  holdfast bench coordination --rows commit --rounds 1 --json"
    })
final class BenchCommand implements Callable<Integer> {
  private static final Path RUN = Path.of("bench", "run");

  /** Understood by that program. */
  @Unmatched List<String> arguments = new ArrayList<>();

  @SuppressWarnings("unused") // Read by picocli.
  @Mixin
  private HelpOption help = new HelpOption();

  private final Terminal terminal;

  BenchCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    List<String> line = new ArrayList<>(List.of(program().toString()));
    line.addAll(arguments);
    Process bench = new ProcessBuilder(line).inheritIO().start();
    // Ctrl-C reaches both; the bench stops its servers.
    return bench.waitFor();
  }

  private Path program() {
    for (Path folder = terminal.home(); folder != null; folder = folder.getParent()) {
      Path run = folder.resolve(RUN);
      if (Files.isExecutable(run) && Files.exists(folder.resolve("pom.xml"))) {
        return run;
      }
    }
    throw new CommandException(
        ExitCode.UNAVAILABLE,
        "the benchmarks are built from the sources, and " + terminal.home() + " is in no clone",
        "run ./holdfast bench in a clone");
  }
}
