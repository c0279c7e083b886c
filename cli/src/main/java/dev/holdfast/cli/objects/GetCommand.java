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
import dev.holdfast.protocol.ObjectBodies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
          + " be files of one folder, a and a/x, the newer ones are restored.",
      "",
      "stderr says when a version is provisional, and when a node answered that is cut off."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast get docs/report.pdf report.pdf",
      "  holdfast get status/now -",
      "  holdfast get plan.md old.md --version 51ab90",
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

  @Option(
      names = "--version",
      paramLabel = "ID",
      description =
          "One version of an object, also of the past, by its id or a unique beginning; 'log' shows them.")
  private String version = "";

  @Option(
      names = "--read",
      paramLabel = "preferred|confirmed_only|provisional_allowed",
      description =
          "Which head of an object: the confirmed one, on a node that is cut off the one it knows (preferred); the confirmed one or none (confirmed_only); the latest one (provisional_allowed). Default: preferred.")
  private @Nullable Read read;

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;
  private final InstantSource clock;

  GetCommand(Terminal terminal, InstantSource clock) {
    this.terminal = terminal;
    this.clock = clock;
  }

  /** Named as on the command line. */
  private enum Read {
    preferred,
    confirmed_only,
    provisional_allowed
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
      ReadChoice choice = choice(new VersionNames(new VersionsClient(rest)));
      if (target.equals("-") || target.equals("/dev/stdout")) {
        return toOutput(objects, choice);
      }
      return (isSingle(objects, choice) ? toFile(objects, choice) : toFolder(rest, objects)).code();
    } catch (RefusedException e) {
      throw new CommandException(
          ExitCode.REFUSED,
          terminal.resolve(target) + ": " + e.getMessage(),
          "name another target",
          e);
    }
  }

  private ReadChoice choice(VersionNames names) {
    if (!version.isEmpty() && read != null) {
      throw new CommandException(
          ExitCode.USAGE, "--version and --read exclude each other", "leave one of them away");
    }
    if (!version.isEmpty()) {
      return ReadChoice.version(names.whole(key, List.of(version)).getFirst());
    }
    return read == null ? ReadChoice.PREFERRED : ReadChoice.mode(read.name());
  }

  /** Who chooses a version means one object. */
  private boolean isSingle(ObjectsClient objects, ReadChoice choice) {
    if (!choice.equals(ReadChoice.PREFERRED)) {
      return true;
    }
    Optional<Map<String, String>> metadata =
        key.endsWith("/") || key.isEmpty() ? Optional.empty() : objects.metadata(key);
    return metadata.isPresent() && FileFacts.stored(metadata.get()).kind() != FileKind.FOLDER;
  }

  /** A result that others may not see yet, or that others may have replaced. */
  private void note(ObjectsClient.Found found) {
    if (found.state().equals(ObjectBodies.PROVISIONAL)) {
      terminal.note(
          "holdfast: version %s of %s is provisional: the cluster has not agreed on it"
              .formatted(VersionNames.shortened(found.version()), key));
    }
    if (found.consistency().equals(ObjectBodies.LOCAL)) {
      terminal.note(
          "holdfast: a node answered that is cut off from the majority: there may be newer versions");
    }
  }

  private int toOutput(ObjectsClient objects, ReadChoice choice) throws IOException {
    if (output.json()) {
      throw new CommandException(
          ExitCode.USAGE, "--json and - both want standard output", "leave one of them away");
    }
    ObjectsClient.Found found = objects.get(key, choice, terminal.out(), n -> {});
    terminal.out().flush();
    note(found);
    return ExitCode.OK.code();
  }

  private ExitCode toFile(ObjectsClient objects, ReadChoice choice)
      throws IOException, RefusedException {
    Path named = terminal.resolve(target);
    boolean below = target.endsWith("/") || Files.isDirectory(named);
    Path file = below ? named.resolve(key.substring(key.lastIndexOf('/') + 1)) : named;
    FileTarget.Done done;
    try (ProgressBar bar = new ProgressBar(terminal, "get", 1, 0, terminal.nanos())) {
      done = new FileTarget(objects, clock, setId, choice).read(key, file, bar::moved);
      bar.finishedItem();
    }
    if (output.json()) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("key", key);
      document.put("file", file.toString());
      document.put("size", done.size());
      document.put("version", done.found().version());
      document.put("state", done.found().state());
      document.put("consistency", done.found().consistency());
      terminal.json(document);
    } else {
      terminal.line("read %s into %s (%s)".formatted(key, file, Sizes.text(done.size())));
    }
    note(done.found());
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
