// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.folder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code run.json} keeps while nodes run, so that {@code down} finds them.
 *
 * @param folder that they run in, for people; null in a file of an earlier version
 * @param folderKey of that very folder, which a move keeps and a copy does not have; null where the
 *     file system has none
 */
public record RunningNodes(
    @Nullable String folder, @Nullable String folderKey, List<RunningNode> nodes) {
  static final RunningNodes NONE = new RunningNodes(null, null, List.of());

  public RunningNodes {
    nodes = List.copyOf(nodes);
  }

  static RunningNodes in(Path folder, List<RunningNode> nodes) {
    return new RunningNodes(folder.toAbsolutePath().toString(), key(folder), nodes);
  }

  /** False when this record came here with a copy of its folder. */
  boolean belongsTo(Path path) {
    String here = key(path);
    if (folderKey != null && here != null) {
      return folderKey.equals(here);
    }
    return folder == null || folder.equals(path.toAbsolutePath().toString());
  }

  private static @Nullable String key(Path folder) {
    try {
      Object key = Files.readAttributes(folder, BasicFileAttributes.class).fileKey();
      return key == null ? null : key.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public List<RunningNode> alive() {
    return nodes.stream().filter(node -> node.process().alive().isPresent()).toList();
  }

  /**
   * @param id of a node, or {@code zk1}, … for a server of the cluster's own ensemble
   */
  public record RunningNode(String id, ProcessStamp process) {
    public boolean isServer() {
      return id.startsWith("zk");
    }
  }
}
