// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.node.plugin.PluginReport.Source;
import dev.holdfast.node.plugin.PluginReport.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Lists the folders that may be plugins, and says what lies beside them by mistake. */
final class PluginFinder {
  /** Plugins of a node. */
  static final int MAX_PLUGINS = 64;

  private final Map<String, Found> found = new TreeMap<>();
  private final List<PluginReport> strays = new ArrayList<>();

  record Found(String name, Path folder, Source source) {}

  /** The plugins by name; a later folder wins over an earlier one for the same name. */
  static PluginFinder in(Path distribution, Path data) {
    PluginFinder finder = new PluginFinder();
    finder.scan(distribution, Source.DISTRIBUTION);
    finder.scan(data, Source.DATA);
    return finder;
  }

  List<Found> found() {
    return List.copyOf(found.values());
  }

  List<PluginReport> strays() {
    return List.copyOf(strays);
  }

  private void scan(Path folder, Source source) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> entries = Files.list(folder)) {
      entries.sorted().forEach(entry -> take(entry, source));
    } catch (IOException e) {
      stray(folder.toString(), source, "The folder cannot be read: " + e);
    }
  }

  private void take(Path entry, Source source) {
    String name = String.valueOf(entry.getFileName());
    if (name.startsWith(".")) {
      return; // Where the installer works.
    }
    if (!Files.isDirectory(entry)) {
      if (name.endsWith(".jar") || name.endsWith(".zip")) {
        stray(
            name,
            source,
            "A plugin is a folder plugins/<id>/ with plugin.yaml and lib/*.jar; move the jar into"
                + " the lib/ of such a folder, or run 'holdfast plugin install' on the zip.");
      }
    } else if (found.size() >= MAX_PLUGINS && !found.containsKey(name)) {
      stray(name, source, "A node has at most " + MAX_PLUGINS + " plugins.");
    } else {
      found.put(name, new Found(name, entry, source));
    }
  }

  private void stray(String name, Source source, String reason) {
    strays.add(new PluginReport(name, "", source, State.REFUSED, reason, List.of(), 0));
  }
}
