// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Looks at what is on the disk whenever it is called, and never opens. */
public final class FirstLookFactory implements CoordinatorFactory {
  static final List<String> SEEN = new CopyOnWriteArrayList<>();
  private static final Pattern MARK = Pattern.compile("\"coordinator\"\\s*:\\s*(\\S+?)[,\\s]");

  @Override
  public String name() {
    return "first-look";
  }

  @Override
  public boolean isLost(Path folder) {
    return Files.notExists(folder.resolve("made"));
  }

  @Override
  public void prepare(Settings settings) {
    look("prepare", settings);
    try {
      Files.writeString(settings.folder().resolve("made"), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Coordinator open(Settings settings) {
    look("open", settings);
    throw new CoordinatorFailedException("as if it were killed here");
  }

  private static void look(String call, Settings settings) {
    try {
      Path marker = settings.folder().resolveSibling("node.json");
      Matcher mark = MARK.matcher(Files.readString(marker));
      SEEN.add(
          "%s as %s, marked %s"
              .formatted(
                  call, settings.incarnation(), mark.find() ? mark.group(1) : "with nothing"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
