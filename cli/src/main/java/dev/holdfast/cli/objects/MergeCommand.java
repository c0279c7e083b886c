// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.protocol.ObjectBodies;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Ends a conflict. */
@Command(
    name = "merge",
    description = {
      "End a conflict: write a version on top of the heads of a key.",
      "",
      "Its bytes are those of FILE, of standard input (-), or of one of the versions (--take). The"
          + " merged versions stay in the history.",
      "",
      "Exit code 4 when the key has one head only, so that there is nothing to merge."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast merge plan.md merged.md",
      "  holdfast merge plan.md --take 9f8e21",
      "  holdfast merge plan.md --parent 51ab90 --parent 9f8e21 - < merged.md",
    })
final class MergeCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "KEY", description = "A key.")
  private String key = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "FILE",
      description = "A file, or - for standard input.")
  private String source = "";

  @Option(
      names = "--parent",
      paramLabel = "ID",
      description =
          "A version to merge, by its id or a unique beginning; repeat it for each. Others stay heads. Default: all heads.")
  private List<String> parents = List.of();

  @Option(
      names = "--take",
      paramLabel = "ID",
      description = "The version whose bytes the merge has, by its id or a unique beginning.")
  private String take = "";

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  MergeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    if (source.isEmpty() == take.isEmpty()) {
      throw new CommandException(
          ExitCode.USAGE,
          "a merge takes its bytes from FILE, or from the version that --take names",
          "name one of them");
    }
    try (RestClient rest = servers.connect(terminal)) {
      VersionsClient versions = new VersionsClient(rest);
      VersionNames names = new VersionNames(versions);
      WriteTerms terms =
          WriteTerms.merging(parents.isEmpty() ? heads(versions) : names.whole(key, parents));
      ObjectBodies.Put merged =
          take.isEmpty()
              ? write(new SourcePut(terminal, new ObjectsClient(rest)), terms)
              : versions.mergeTaking(key, terms, names.whole(key, List.of(take)).getFirst());
      new WriteReport(terminal, output.json()).show("merged", merged);
      return ExitCode.OK.code();
    }
  }

  private List<String> heads(VersionsClient versions) {
    ObjectBodies.Versions graph = versions.versions(key);
    if (!graph.isInConflict()) {
      throw new CommandException(
          ExitCode.REFUSED,
          key + " has one head: there is nothing to merge",
          "'holdfast put' stores a new version");
    }
    return graph.heads();
  }

  private ObjectBodies.Put write(SourcePut put, WriteTerms terms) throws IOException {
    return SourcePut.isStandardInput(source)
        ? put.standardInput(key, terms)
        : put.file(terminal.resolve(source), key, terms);
  }
}
