// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.plugins.merge;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.merge.MergePolicy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Three-way merge of JSON documents and of their metadata. The merge is written without spaces, in
 * the order of the head, and what only the branch has comes last.
 *
 * <p>Pure and thread-safe.
 */
final class JsonMergePolicy implements MergePolicy {
  /** Characters of a pointer in a reason. */
  private static final int POINTER_MAX = 300;

  private final Set<String> contentTypes;

  JsonMergePolicy(Set<String> contentTypes) {
    this.contentTypes = Set.copyOf(contentTypes);
  }

  @Override
  public Set<String> contentTypes() {
    return contentTypes;
  }

  @Override
  public Outcome merge(Request request) {
    if (request.ancestor().isEmpty()) {
      return new Declined("There is no single version that both sides come from.");
    }
    Side from = request.ancestor().get();
    Optional<JsonTree> ancestor = JsonText.read(from.bytes());
    Optional<JsonTree> head = JsonText.read(request.head().bytes());
    Optional<JsonTree> branch = JsonText.read(request.branch().bytes());
    if (ancestor.isEmpty() || head.isEmpty() || branch.isEmpty()) {
      String side = head.isEmpty() ? "head" : branch.isEmpty() ? "branch" : "common ancestor";
      return new Declined("The " + side + " is not a JSON document that can be merged.");
    }
    return switch (ThreeWayMerge.merge(ancestor.get(), head.get(), branch.get())) {
      case ThreeWayMerge.Result.Conflict conflict -> declined("", conflict);
      case ThreeWayMerge.Result.Merged(var value) ->
          switch (metadata(from, request.head(), request.branch())) {
            case ThreeWayMerge.Result.Conflict conflict -> declined("metadata ", conflict);
            case ThreeWayMerge.Result.Merged(var metadata) ->
                JsonText.write(value.orElseThrow())
                    .map(bytes -> merged(bytes, texts(metadata.orElseThrow())))
                    .orElseGet(() -> new Declined("A text is not valid Unicode."));
          };
    };
  }

  private static Outcome merged(Bytes bytes, SortedMap<String, String> metadata) {
    return bytes.length() > SIZE_BYTES_MAX || metadata.size() > METADATA_MAX
        ? new Declined("The merge would be larger than an automatic one may be.")
        : new Merged(bytes, metadata);
  }

  private static Declined declined(String where, ThreeWayMerge.Result.Conflict conflict) {
    String pointer = conflict.pointer();
    String shown =
        pointer.length() > POINTER_MAX ? pointer.substring(0, POINTER_MAX) + "…" : pointer;
    return new Declined("%s'%s' %s.".formatted(where, shown, conflict.what()));
  }

  /** Metadata is merged like an object of texts. */
  private static ThreeWayMerge.Result metadata(Side ancestor, Side head, Side branch) {
    return ThreeWayMerge.merge(
        tree(ancestor.metadata()), tree(head.metadata()), tree(branch.metadata()));
  }

  private static JsonTree tree(Map<String, String> metadata) {
    Map<String, JsonTree> members = new LinkedHashMap<>();
    metadata.forEach((name, value) -> members.put(name, new JsonTree.Text(value)));
    return new JsonTree.Members(members);
  }

  private static SortedMap<String, String> texts(JsonTree tree) {
    SortedMap<String, String> texts = new TreeMap<>();
    if (tree instanceof JsonTree.Members(var members)) {
      members.forEach((name, value) -> {
        if (value instanceof JsonTree.Text(String text)) {
          texts.put(name, text);
        }
      });
    }
    return texts;
  }
}
