// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.objects.FolderWalk.OutsideLinks;
import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.ProgressBar;
import dev.holdfast.cli.terminal.Sizes;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.protocol.ObjectBodies;
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
      "A KEY with a slash at its end is a prefix: each SOURCE goes below it under its own name, as"
          + " cp does. A device, a pipe or <(COMMAND) is read to its end."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast put report.pdf docs/report.pdf",
      "  holdfast put *.pdf docs/",
      "  holdfast put ./photos backup/photos --exclude '*.tmp' --delete",
      "  date | holdfast put - status/now",
      "  holdfast put result.bin jobs/result --fence \"$HOLDFAST_LOCK;$HOLDFAST_TOKEN\"",
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

  @Option(
      names = "--fence",
      paramLabel = "LOCK;TOKEN",
      description = "Refuse the write when the lock has moved on.")
  private String fence = "";

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
      FolderPut folders =
          new FolderPut(terminal, rest, objects, choice, delete, fence, output.json());
      return sources.size() == 1
          ? putOne(objects, folders, sources.getFirst(), key).code()
          : folders.putAll(sources, KeyPrefix.clean(key)).code();
    }
  }

  private ExitCode putOne(ObjectsClient objects, FolderPut folders, String source, String key)
      throws IOException {
    if (source.equals("-") || source.equals("/dev/stdin")) {
      requireName(source, key);
      return stored(objects.putOnce(key, terminal.in(), fence));
    }
    Path path = terminal.resolve(source);
    String whole =
        key.endsWith("/") ? KeyPrefix.key(KeyPrefix.clean(key), KeyPrefix.nameOf(path)) : key;
    if (Files.isDirectory(path)) {
      return folders.put(path, KeyPrefix.clean(whole));
    }
    if (!Files.exists(path)) {
      throw new CommandException(
          ExitCode.NOT_FOUND,
          path + " does not exist",
          "name a file or a folder, or - for standard input");
    }
    if (delete) {
      throw new CommandException(
          ExitCode.USAGE, "--delete is for a folder, and " + path + " is none", "leave it away");
    }
    try {
      return stored(putFile(objects, path, whole));
    } catch (FileFault e) {
      throw new CommandException(
          ExitCode.REFUSED,
          path + " cannot be stored: " + e.reason(),
          "nothing was stored; make it readable, then repeat the command",
          e);
    }
  }

  private static void requireName(String source, String key) {
    if (key.endsWith("/")) {
      throw new CommandException(
          ExitCode.USAGE, "'" + source + "' has no name to use below " + key, "name the whole key");
    }
  }

  private ObjectBodies.Put putFile(ObjectsClient objects, Path path, String key)
      throws IOException {
    if (isStream(path)) {
      try (FaultyStream in = FaultyStream.open(path)) {
        try {
          return objects.putOnce(key, in, fence);
        } catch (RuntimeException e) {
          in.requireReadable();
          throw e;
        }
      }
    }
    Content content = Content.of(path);
    try (ProgressBar bar = new ProgressBar(terminal, "put", 1, content.size(), terminal.nanos())) {
      ObjectBodies.Put put = objects.put(key, content, FileFacts.ofFile(path), fence, bar::moved);
      bar.finishedItem();
      return put;
    }
  }

  /** Files of /proc say that they have no bytes, and have some. */
  private static boolean isStream(Path path) throws IOException {
    if (!Files.isRegularFile(path)) {
      return true;
    }
    if (Files.size(path) > 0) {
      return false;
    }
    try (FaultyStream in = FaultyStream.open(path)) {
      return in.read() >= 0;
    } catch (IOException e) {
      throw new FileFault(e);
    }
  }

  private ExitCode stored(ObjectBodies.Put put) {
    if (output.json()) {
      terminal.json(put);
    } else {
      terminal.line(
          "stored %s (%s, %s, %d of %d copies so far)"
              .formatted(
                  put.key(),
                  Sizes.text(put.size()),
                  put.state(),
                  put.copies().written(),
                  put.copies().wanted()));
    }
    return ExitCode.OK;
  }
}
