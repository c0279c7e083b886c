// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.objects.ObjectsClient.Listing;
import dev.holdfast.cli.objects.SafeFolder.RefusedException;
import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.ProgressBar;
import dev.holdfast.cli.terminal.Sizes;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Reads an object, or restores a folder. */
@Command(
    name = "get",
    description = {
      "Read an object into a file or to standard output (-), or a prefix into a folder.",
      "",
      "A file is replaced whole; what is read into a device or a pipe is written to it, and a link"
          + " is followed. A TARGET with a slash at its end is a folder.",
      "",
      "A folder comes back with links, modes and times; a link in it is replaced, never followed."
          + " A link or a name that would lead out of the folder, and an entry that cannot be"
          + " written, is named; the rest is restored and the exit code is 4. Of keys that cannot"
          + " be files of one folder, a and a/x, the newer ones are restored."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast get docs/report.pdf report.pdf",
      "  holdfast get status/now -",
      "  holdfast get backup/photos ./restored",
    })
final class GetCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "KEY",
      description = "A key, or the prefix of a stored folder.")
  private String key = "";

  @Parameters(
      index = "1",
      paramLabel = "TARGET",
      description = "A file, a folder, or - for standard output.")
  private String target = "";

  @Option(
      names = "--set-id",
      description =
          "Also restore the set-user-id and set-group-id bits of files, which then run as who restores them. As tar, without it they are left out; one line says of how many.")
  private boolean setId;

  @Option(
      names = "--outside-links",
      paramLabel = "refuse|keep",
      defaultValue = "refuse",
      description =
          "Links that lead out of the folder: name them and end with exit code 4 (refuse), or make them as they were stored (keep). Default: ${DEFAULT-VALUE}.")
  private OutsideLinks outsideLinks = OutsideLinks.refuse;

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;
  private final InstantSource clock;

  GetCommand(Terminal terminal, InstantSource clock) {
    this.terminal = terminal;
    this.clock = clock;
  }

  /** Named as on the command line. */
  private enum OutsideLinks {
    refuse,
    keep
  }

  @Override
  public Integer call() throws IOException {
    try (RestClient rest = servers.connect(terminal)) {
      ObjectsClient objects = new ObjectsClient(rest);
      if (target.equals("-") || target.equals("/dev/stdout")) {
        return toOutput(objects);
      }
      Optional<Map<String, String>> metadata =
          key.endsWith("/") || key.isEmpty() ? Optional.empty() : objects.metadata(key);
      boolean single =
          metadata.isPresent() && FileFacts.stored(metadata.get()).kind() != FileKind.FOLDER;
      return (single ? toFile(objects) : toFolder(rest, objects)).code();
    } catch (RefusedException e) {
      throw new CommandException(
          ExitCode.REFUSED,
          terminal.resolve(target) + ": " + e.getMessage(),
          "name another target",
          e);
    }
  }

  private int toOutput(ObjectsClient objects) throws IOException {
    if (output.json()) {
      throw new CommandException(
          ExitCode.USAGE, "--json and - both want standard output", "leave one of them away");
    }
    objects.get(key, terminal.out(), n -> {});
    terminal.out().flush();
    return ExitCode.OK.code();
  }

  private ExitCode toFile(ObjectsClient objects) throws IOException, RefusedException {
    Path named = terminal.resolve(target);
    boolean below = target.endsWith("/") || Files.isDirectory(named);
    Path file = below ? named.resolve(key.substring(key.lastIndexOf('/') + 1)) : named;
    FileTarget.Done done;
    try (ProgressBar bar = new ProgressBar(terminal, "get", 1, 0, terminal.nanos())) {
      done = new FileTarget(objects, clock, setId).read(key, file, bar::moved);
      bar.finishedItem();
    }
    if (output.json()) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("key", key);
      document.put("file", file.toString());
      document.put("size", done.size());
      terminal.json(document);
    } else {
      terminal.line("read %s into %s (%s)".formatted(key, file, Sizes.text(done.size())));
    }
    if (done.setIdDropped()) {
      sayNotKept(1, 0);
    }
    if (!done.fault().isEmpty()) {
      terminal.note("holdfast: mode and time of " + file + " were not set: " + done.fault());
      return ExitCode.REFUSED;
    }
    return ExitCode.OK;
  }

  private ExitCode toFolder(RestClient rest, ObjectsClient objects)
      throws IOException, RefusedException {
    String prefix = KeyPrefix.clean(key);
    Listing listing = ListingGap.requireNoGap(terminal, rest, KeyPrefix.list(objects, prefix));
    if (listing.objects().isEmpty()) {
      throw new CommandException(
          ExitCode.NOT_FOUND,
          "there is no object " + key + " and none below it",
          "'holdfast ls -r' shows all keys");
    }
    FolderDownload.Done done;
    long leftBehind;
    try (SafeFolder folder = new SafeFolder(terminal.resolve(target), clock)) {
      done =
          new FolderDownload(
                  objects,
                  folder,
                  new FolderDownload.Choice(setId, outsideLinks == OutsideLinks.keep))
              .run(
                  prefix,
                  listing.objects(),
                  total ->
                      new ProgressBar(
                          terminal, "get", listing.objects().size(), total, terminal.nanos()));
      leftBehind = folder.leftBehind();
    }
    report(prefix, done);
    if (leftBehind > 0) {
      terminal.note("holdfast: removed %d unfinished downloads".formatted(leftBehind));
    }
    return Refusals.report(
        terminal,
        done.refused(),
        "read a refused object by itself with 'holdfast get KEY -'; links: see --outside-links");
  }

  private void report(String prefix, FolderDownload.Done done) {
    if (output.json()) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("prefix", prefix);
      document.put("folder", terminal.resolve(target).toString());
      document.put("files", done.files());
      document.put("unchanged", done.unchanged());
      document.put("bytes", done.bytes());
      document.put("setIdDropped", done.setIdDropped());
      document.put("hardLinksSplit", done.hardLinksSplit());
      document.put("replaced", done.replaced());
      document.put("refused", done.refused());
      terminal.json(document);
    } else {
      terminal.line(
          "restored %d files and links (%s fetched) into %s"
              .formatted(done.files(), Sizes.text(done.bytes()), target));
    }
    Refusals.show(terminal, "passed over", done.replaced());
    sayNotKept(done.setIdDropped(), done.hardLinksSplit());
  }

  private void sayNotKept(long setIdDropped, long hardLinksSplit) {
    if (setIdDropped + hardLinksSplit > 0) {
      terminal.note(
          ("holdfast: not kept: set-user-id and set-group-id of %d files (see --set-id),"
                  + " %d hard links")
              .formatted(setIdDropped, hardLinksSplit));
    }
  }
}
