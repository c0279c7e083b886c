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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Reads an object, or restores a folder. */
@Command(
    name = "get",
    description = {
      "Read an object into a file or to standard output (-), or a prefix into a folder.",
      "",
      "A folder comes back with links, modes and times. A link or a name that would lead out of it"
          + " is refused; the rest is restored and the exit code is 4."
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

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  GetCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    try (RestClient rest = servers.connect(terminal)) {
      ObjectsClient objects = new ObjectsClient(rest);
      if (target.equals("-")) {
        return toOutput(objects);
      }
      Optional<Map<String, String>> metadata =
          key.endsWith("/") || key.isEmpty() ? Optional.empty() : objects.metadata(key);
      boolean single =
          metadata.isPresent()
              && FileFacts.of(metadata.get()).map(FileFacts::kind).orElse(FileKind.FILE)
                  != FileKind.FOLDER;
      return single ? toFile(objects) : toFolder(rest, objects);
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

  private int toFile(ObjectsClient objects) throws IOException {
    Path named = terminal.resolve(target);
    String lastPart = key.substring(key.lastIndexOf('/') + 1);
    Path file = Files.isDirectory(named) ? named.resolve(lastPart) : named;
    List<String> name = List.of(String.valueOf(file.getFileName()));
    AtomicReference<Map<String, String>> metadata = new AtomicReference<>(Map.of());
    try (ProgressBar bar = new ProgressBar(terminal, "get", 1, 0, System::nanoTime)) {
      SafeFolder folder = new SafeFolder(java.util.Objects.requireNonNull(file.getParent()));
      Path fresh = folder.write(name, out -> metadata.set(objects.get(key, out, bar::moved)));
      Optional<FileFacts> facts = FileFacts.of(metadata.get());
      if (facts.isPresent() && facts.get().kind() == FileKind.FILE) {
        facts.get().applyTo(fresh);
      }
      folder.moveIntoPlace(fresh, name);
      bar.finishedItem();
    } catch (RefusedException e) {
      throw new CommandException(
          ExitCode.REFUSED, file + ": " + e.getMessage(), "name another file", e);
    }
    long size = Files.size(file);
    if (output.json()) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("key", key);
      document.put("file", file.toString());
      document.put("size", size);
      terminal.json(document);
    } else {
      terminal.line("read %s into %s (%s)".formatted(key, file, Sizes.text(size)));
    }
    return ExitCode.OK.code();
  }

  private int toFolder(RestClient rest, ObjectsClient objects) throws IOException {
    String prefix = KeyPrefix.clean(key);
    Listing listing = ListingGap.requireNoGap(terminal, rest, KeyPrefix.list(objects, prefix));
    if (listing.objects().isEmpty()) {
      throw new CommandException(
          ExitCode.NOT_FOUND,
          "there is no object " + key + " and none below it",
          "'holdfast ls -r' shows all keys");
    }
    FolderDownload.Done done =
        new FolderDownload(objects, new SafeFolder(terminal.resolve(target)))
            .run(
                prefix,
                listing.objects(),
                total ->
                    new ProgressBar(
                        terminal, "get", listing.objects().size(), total, System::nanoTime));
    if (output.json()) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("prefix", prefix);
      document.put("files", done.files());
      document.put("unchanged", done.unchanged());
      document.put("bytes", done.bytes());
      document.put("refused", done.refused());
      terminal.json(document);
    } else {
      terminal.line(
          "restored %d files and links (%s fetched) into %s"
              .formatted(done.files(), Sizes.text(done.bytes()), target));
    }
    return Refusals.report(
        terminal, done.refused(), "read a refused object by itself with 'holdfast get KEY -'");
  }
}
