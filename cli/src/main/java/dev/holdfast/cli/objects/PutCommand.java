// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.objects.FolderWalk.OutsideLinks;
import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Stores files, a stream or whole folders. */
@Command(
    name = "put",
    description = {
      "Store files, standard input (-), another stream or folders.",
      "",
      "Of a folder all files, empty folders and symbolic links are stored, with modes, times and"
          + " hard links. What is stored already with the same bytes, mode and time is skipped, so a"
          + " broken upload goes on where it stopped. An entry that cannot be read or stored is"
          + " named, all else is done, and the exit code is 4. Keys that the folder does not have"
          + " any more stay, unless --delete is given.",
      "",
      "Of a file from 16 MiB on only those megabytes are sent that the cluster lacks, and stderr says"
          + " how many. A put that broke off goes on where it stopped when it is repeated, at any"
          + " node.",
      "",
      "A KEY with a slash at its end is a prefix: each SOURCE goes below it under its own name, as"
          + " cp does. A device, a pipe or <(COMMAND) is read to its end.",
      "",
      "Where no majority can be reached, the version is kept as provisional: the exit code is 0, and"
          + " stderr says so. With --confirmed it is refused instead, with exit code 5; with exit"
          + " code 4 when --parents are not the head. A version that does not follow the head is a"
          + " branch, also with exit code 0: 'holdfast merge' ends the conflict."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast put report.pdf docs/report.pdf",
      "  holdfast put *.pdf docs/",
      "  holdfast put ./photos backup/photos --exclude '*.tmp' --delete",
      "  date | holdfast put - status/now",
      "  holdfast put result.bin jobs/result --fence \"$HOLDFAST_LOCK;$HOLDFAST_TOKEN\"",
      "  holdfast put plan.md plan.md --parents 51ab90    changed since, without the cluster",
    })
final class PutCommand implements Callable<Integer> {
  @Parameters(
      arity = "2..*",
      paramLabel = "SOURCE... KEY",
      hideParamSyntax = true,
      description =
          "Files, folders, or - for standard input; then the key, for a folder the prefix of all"
              + " its keys. With several sources, KEY ends with a slash.")
  private List<String> words = List.of();

  @Option(
      names = "--outside-links",
      paramLabel = "refuse|copy|skip|keep",
      defaultValue = "refuse",
      description =
          "Links that lead out of the folder: leave them out and end with exit code 4 (refuse), store the file that they lead to (copy), leave them out (skip), or store them as they are (keep). Default: ${DEFAULT-VALUE}.")
  private OutsideLinks outsideLinks = OutsideLinks.refuse;

  @Option(
      names = "--exclude",
      paramLabel = "PATTERN",
      description =
          "Leave out what fits, and all below it; may be repeated. *.tmp fits in any folder, /build or a/*.o from the top, a/**/b over several folders. With --delete its keys stay.")
  private List<String> exclude = List.of();

  @Option(
      names = "--delete",
      description =
          "Also delete the keys below KEY that the folder does not have any more. Not those of entries that could not be read.")
  private boolean delete;

  @Mixin private WriteTermsOptions terms = new WriteTermsOptions();
  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  PutCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    List<String> sources = words.subList(0, words.size() - 1);
    String key = words.getLast();
    FolderWalk.Choice choice = new FolderWalk.Choice(outsideLinks, Excludes.of(exclude));
    if (sources.size() > 1 && !key.endsWith("/")) {
      throw new CommandException(
          ExitCode.USAGE,
          "several sources go into a prefix, and '" + key + "' does not end with a slash",
          "write '" + key + "/', or store them one by one");
    }
    try (RestClient rest = servers.connect(terminal)) {
      ObjectsClient objects = new ObjectsClient(rest);
      VersionNames names = new VersionNames(new VersionsClient(rest));
      boolean isFolder =
          sources.size() > 1
              || (!SourcePut.isStandardInput(sources.getFirst())
                  && Files.isDirectory(terminal.resolve(sources.getFirst())));
      if (!isFolder) {
        return putOne(names, objects, sources.getFirst(), key).code();
      }
      requireNoParents();
      FolderPut folders =
          new FolderPut(
              terminal, rest, objects, choice, delete, terms.of(key, names), output.json());
      return putFolders(folders, sources, key).code();
    }
  }

  private void requireNoParents() {
    if (terms.haveParents()) {
      throw new CommandException(
          ExitCode.USAGE,
          "--parents is for a single object",
          "leave it away: each entry follows its own head");
    }
  }

  private ExitCode putFolders(FolderPut folders, List<String> sources, String key)
      throws IOException {
    if (sources.size() > 1) {
      return folders.putAll(sources, KeyPrefix.clean(key));
    }
    Path path = terminal.resolve(sources.getFirst());
    return folders.put(path, KeyPrefix.clean(below(key, path)));
  }

  private ExitCode putOne(VersionNames names, ObjectsClient objects, String source, String key)
      throws IOException {
    SourcePut put = new SourcePut(terminal, objects);
    WriteReport report = new WriteReport(terminal, output.json());
    if (SourcePut.isStandardInput(source)) {
      requireName(source, key);
      report.show("stored", put.standardInput(key, terms.of(key, names)));
      return ExitCode.OK;
    }
    Path path = terminal.resolve(source);
    if (delete && Files.exists(path)) {
      throw new CommandException(
          ExitCode.USAGE, "--delete is for a folder, and " + path + " is none", "leave it away");
    }
    String whole = below(key, path);
    report.show("stored", put.file(path, whole, terms.of(whole, names)));
    return ExitCode.OK;
  }

  private static String below(String key, Path source) {
    return key.endsWith("/") ? KeyPrefix.key(KeyPrefix.clean(key), KeyPrefix.nameOf(source)) : key;
  }

  private static void requireName(String source, String key) {
    if (key.endsWith("/")) {
      throw new CommandException(
          ExitCode.USAGE, "'" + source + "' has no name to use below " + key, "name the whole key");
    }
  }
}
