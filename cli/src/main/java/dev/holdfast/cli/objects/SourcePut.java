// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.ProgressBar;
import dev.holdfast.cli.terminal.Sizes;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.protocol.ObjectBodies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Stores one source under a key: standard input, another stream, or a file. */
final class SourcePut {
  private final Terminal terminal;
  private final ObjectsClient objects;

  SourcePut(Terminal terminal, ObjectsClient objects) {
    this.terminal = terminal;
    this.objects = objects;
  }

  static boolean isStandardInput(String source) {
    return source.equals("-") || source.equals("/dev/stdin");
  }

  ObjectBodies.Put standardInput(String key, WriteTerms terms) {
    return objects.putOnce(key, terminal.in(), terms);
  }

  ObjectBodies.Put file(Path path, String key, WriteTerms terms) throws IOException {
    if (!Files.exists(path)) {
      throw new CommandException(
          ExitCode.NOT_FOUND,
          path + " does not exist",
          "name a file or a folder, or - for standard input");
    }
    try {
      return isStream(path) ? stream(path, key, terms) : regular(path, key, terms);
    } catch (FileFault e) {
      throw new CommandException(
          ExitCode.REFUSED,
          path + " cannot be stored: " + e.reason(),
          "nothing was stored; make it readable, then repeat the command",
          e);
    }
  }

  private ObjectBodies.Put stream(Path path, String key, WriteTerms terms) throws IOException {
    try (FaultyStream in = FaultyStream.open(path)) {
      try {
        return objects.putOnce(key, in, terms);
      } catch (RuntimeException e) {
        in.requireReadable();
        throw e;
      }
    }
  }

  private ObjectBodies.Put regular(Path path, String key, WriteTerms terms) throws IOException {
    Content content = Content.of(path);
    try (ProgressBar bar = new ProgressBar(terminal, "put", 1, content.size(), terminal.nanos())) {
      UploadTally tally = new UploadTally(bar);
      ObjectBodies.Put put = objects.put(key, content, FileFacts.ofFile(path), terms, tally);
      bar.finishedItem();
      noteSkipped(tally.skippedBytes(), content.size());
      return put;
    }
  }

  private void noteSkipped(long skipped, long size) {
    if (skipped > 0) {
      terminal.note(
          "holdfast: sent %s of %s: the cluster had the rest already"
              .formatted(Sizes.text(size - skipped), Sizes.text(size)));
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
}
