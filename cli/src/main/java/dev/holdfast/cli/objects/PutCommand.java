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
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Stores a file, a stream or a whole folder. */
@Command(
    name = "put",
    description = {
      "Store a file, standard input (-) or a folder.",
      "",
      "Of a folder all files, empty folders and symbolic links are stored, with modes and times."
          + " What is stored already with the same bytes, mode and time is skipped, so a broken"
          + " upload goes on where it stopped."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast put report.pdf docs/report.pdf",
      "  holdfast put ./photos backup/photos",
      "  date | holdfast put - status/now",
      "  holdfast put result.bin jobs/result --fence \"$HOLDFAST_LOCK;$HOLDFAST_TOKEN\"",
    })
final class PutCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "SOURCE",
      description = "A file, a folder, or - for standard input.")
  private String source = "";

  @Parameters(
      index = "1",
      paramLabel = "KEY",
      description = "The key; for a folder the prefix of all its keys.")
  private String key = "";

  @Option(
      names = "--outside-links",
      paramLabel = "refuse|copy|skip",
      defaultValue = "refuse",
      description =
          "Links that lead out of the folder: leave them out and end with exit code 4 (refuse), store the file that they lead to (copy), or leave them out (skip). Default: ${DEFAULT-VALUE}.")
  private OutsideLinks outsideLinks = OutsideLinks.refuse;

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
    try (RestClient rest = servers.connect(terminal)) {
      ObjectsClient objects = new ObjectsClient(rest);
      Path path = terminal.resolve(source);
      if (source.equals("-")) {
        return stored(objects.putOnce(key, terminal.in(), fence));
      }
      if (Files.isDirectory(path)) {
        return putFolder(objects, path);
      }
      if (!Files.isRegularFile(path)) {
        throw new CommandException(
            ExitCode.NOT_FOUND,
            path + (Files.exists(path) ? " is neither a file nor a folder" : " does not exist"),
            "name a file or a folder, or - for standard input");
      }
      FileFacts facts = FileFacts.of(path.toRealPath()).orElse(null);
      Content content = Content.of(path);
      try (ProgressBar bar = bar(1, content.size())) {
        ObjectBodies.Put put = objects.put(key, content, facts, fence, bar::moved);
        bar.finishedItem();
        return stored(put);
      }
    }
  }

  private ProgressBar bar(long items, long bytes) {
    return new ProgressBar(terminal, "put", items, bytes, System::nanoTime);
  }

  private int stored(ObjectBodies.Put put) {
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
    return ExitCode.OK.code();
  }

  private int putFolder(ObjectsClient objects, Path path) throws IOException {
    String prefix = KeyPrefix.clean(key);
    FolderWalk.Found found = FolderWalk.walk(path.toRealPath(), outsideLinks);
    // Without a prefix there is no key that could stand for the folder itself.
    var items =
        found.items().stream().filter(i -> !KeyPrefix.key(prefix, i.name()).isEmpty()).toList();
    FolderUpload.Done done =
        new FolderUpload(objects, fence).run(prefix, items, total -> bar(items.size(), total));
    if (output.json()) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("prefix", prefix);
      document.put("uploaded", done.uploaded());
      document.put("unchanged", done.unchanged());
      document.put("bytes", done.bytes());
      document.put("refused", found.refused());
      terminal.json(document);
    } else {
      terminal.line(
          "stored %d entries (%s) under %s, %d unchanged"
              .formatted(done.uploaded(), Sizes.text(done.bytes()), prefix, done.unchanged()));
    }
    return Refusals.report(terminal, found.refused(), "links: see --outside-links");
  }
}
