// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * One text for one meaning: JSON without spaces, keys sorted. Comments, layout, quotes and tests do
 * not count; the order of transitions does, so that they are a list here.
 */
final class CanonicalForm {
  /** Not part of what the machine does. */
  private static final Set<String> LEFT_OUT = Set.of("tests");

  /** Where one text may stand for a list of one. */
  private static final Set<String> LISTS = Set.of("from", "need", "accept");

  private final StringBuilder json = new StringBuilder();

  private CanonicalForm() {}

  static String of(Node document) {
    CanonicalForm form = new CanonicalForm();
    form.write(document, true);
    return form.json.toString();
  }

  /** In lower case. */
  static String hash(String canonical) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(canonical.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private void write(Node node, boolean top) {
    switch (node) {
      case MappingNode map -> writeMap(map, top);
      case SequenceNode list -> writeList(list.getValue());
      case ScalarNode scalar -> {
        if (YamlShape.isNull(scalar)) {
          json.append("null");
        } else {
          writeText(scalar.getValue().strip());
        }
      }
      default -> throw new IllegalStateException("aliases were refused before: " + node);
    }
  }

  private void writeMap(MappingNode map, boolean top) {
    TreeMap<String, Node> sorted = new TreeMap<>();
    for (NodeTuple entry : map.getValue()) {
      String key = ((ScalarNode) entry.getKeyNode()).getValue();
      if (!top || !LEFT_OUT.contains(key)) {
        sorted.put(key, entry.getValueNode());
      }
    }
    json.append('{');
    String separator = "";
    for (String key : sorted.keySet()) {
      Node value = sorted.get(key);
      json.append(separator);
      separator = ",";
      writeText(key);
      json.append(':');
      if (top && key.equals("transitions") && value instanceof MappingNode ordered) {
        writeOrdered(ordered);
      } else if (LISTS.contains(key) && value instanceof ScalarNode one) {
        writeList(List.of(one));
      } else if (value != null) {
        write(value, false);
      }
    }
    json.append('}');
  }

  /** A list of pairs. */
  private void writeOrdered(MappingNode map) {
    json.append('[');
    String separator = "";
    for (NodeTuple entry : map.getValue()) {
      json.append(separator).append('[');
      separator = ",";
      write(entry.getKeyNode(), false);
      json.append(',');
      write(entry.getValueNode(), false);
      json.append(']');
    }
    json.append(']');
  }

  private void writeList(List<? extends Node> list) {
    json.append('[');
    String separator = "";
    for (Node entry : list) {
      json.append(separator);
      separator = ",";
      write(entry, false);
    }
    json.append(']');
  }

  private void writeText(String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ') {
        json.append("\\u%04x".formatted((int) c));
      } else {
        json.append(c);
      }
    }
    json.append('"');
  }
}
