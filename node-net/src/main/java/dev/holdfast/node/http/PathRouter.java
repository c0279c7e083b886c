// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A tree of segments. A literal segment wins over a variable, a variable over a rest. Works on the
 * raw path: nothing is normalised, so {@code ..} reaches the handler, which refuses it.
 *
 * <p>A variable never matches an empty segment. A rest matches one or more characters and is
 * decoded as a whole: in it, {@code %2F} and {@code /} are the same, since keys are texts with
 * slashes.
 */
final class PathRouter implements Router {
  private final Node root = new Node();
  private final Set<String> ids = new HashSet<>();

  @Override
  public void add(Operation operation, RouteHandler handler) {
    String template = operation.path();
    Node node = root;
    List<String> names = new ArrayList<>();
    String[] segments = template.substring(1).split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      String segment = segments[i];
      if (!segment.startsWith("{")) {
        node = node.literals.computeIfAbsent(segment, _ -> new Node());
      } else if (segment.endsWith("...}")) {
        if (i != segments.length - 1) {
          throw new IllegalArgumentException("Only the last segment can be a rest: " + template);
        }
        names.add(segment.substring(1, segment.length() - 4));
        node = node.restNode();
      } else {
        names.add(segment.substring(1, segment.length() - 1));
        node = node.variableNode();
      }
    }
    Route route = new Route(operation, List.copyOf(names), handler);
    if (node.routes.putIfAbsent(operation.method(), route) != null || !ids.add(operation.id())) {
      throw new IllegalArgumentException("Two routes for " + operation);
    }
  }

  Match match(String method, String rawPath) {
    if (!rawPath.startsWith("/")) {
      return new Match.None();
    }
    Search search = new Search(method);
    search.walk(root, rawPath, 1, new ArrayList<>());
    if (search.found != null) {
      return search.found;
    }
    return search.allowed.isEmpty() ? new Match.None() : new Match.OtherMethods(search.allowed);
  }

  sealed interface Match {
    record Found(Operation operation, RouteHandler handler, Map<String, String> values)
        implements Match {}

    /** The path exists, the method does not. */
    record OtherMethods(TreeSet<String> allowed) implements Match {}

    record None() implements Match {}
  }

  private record Route(Operation operation, List<String> names, RouteHandler handler) {}

  private static final class Node {
    final Map<String, Node> literals = new HashMap<>();
    final Map<String, Route> routes = new TreeMap<>();
    @Nullable Node variable;
    @Nullable Node rest;

    Node variableNode() {
      if (variable == null) {
        variable = new Node();
      }
      return variable;
    }

    Node restNode() {
      if (rest == null) {
        rest = new Node();
      }
      return rest;
    }
  }

  /** One walk down the tree; the values are still encoded until a route is found. */
  private static final class Search {
    final String method;
    final TreeSet<String> allowed = new TreeSet<>();
    Match.@Nullable Found found;

    Search(String method) {
      this.method = method;
    }

    /**
     * @param from where the next segment begins; beyond the end when there is none
     */
    void walk(Node node, String path, int from, List<String> values) {
      if (from > path.length()) {
        end(node, values);
        return;
      }
      int slash = path.indexOf('/', from);
      int end = slash < 0 ? path.length() : slash;
      String segment = path.substring(from, end);
      Node literal = node.literals.get(segment);
      if (literal != null) {
        walk(literal, path, end + 1, values);
      }
      if (found == null && node.variable != null && !segment.isEmpty()) {
        values.add(segment);
        walk(node.variable, path, end + 1, values);
        values.removeLast();
      }
      if (found == null && node.rest != null && from < path.length()) {
        values.add(path.substring(from));
        end(node.rest, values);
        values.removeLast();
      }
    }

    private void end(Node node, List<String> values) {
      Route route = node.routes.get(method);
      if (route == null && method.equals("HEAD")) {
        route = node.routes.get("GET");
      }
      if (route == null) {
        allow(node.routes.keySet());
        return;
      }
      Map<String, String> decoded = new LinkedHashMap<>();
      for (int i = 0; i < values.size(); i++) {
        decoded.put(route.names().get(i), UrlText.decodePath(values.get(i)));
      }
      found = new Match.Found(route.operation(), route.handler(), decoded);
    }

    private void allow(Set<String> methods) {
      if (!methods.isEmpty()) {
        allowed.addAll(methods);
        allowed.add("OPTIONS");
        if (methods.contains("GET")) {
          allowed.add("HEAD");
        }
      }
    }
  }
}
