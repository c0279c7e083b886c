// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import static java.util.stream.Collectors.joining;

import dev.holdfast.node.http.AgreementProblemCodes;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.Operation.Content;
import dev.holdfast.node.http.ProblemCode;
import dev.holdfast.node.http.RequestProblemCodes;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** {@code docs/reference/rest.md} and {@code errors.md}, as the operations tell them. */
final class ReferencePages {
  private static final List<String> SECTIONS =
      List.of(
          ProblemCode.REQUESTS,
          ProblemCode.AGREEMENT,
          ProblemCode.COORDINATION,
          ProblemCode.OBJECTS,
          ProblemCode.CLUSTER,
          ProblemCode.SOCKET);

  /** What the tables cannot say. */
  private static final Map<String, String> NOTES =
      Map.of(
          ProblemCode.CLUSTER,
          """

          `DELETE /v1/cluster/nodes/ID` answers 204 when the node is out, and 202 with `copiesLeft` when it has moved copies for 20 s
          and some are left: ask again. Any node can be asked, also after the one that was asked first has died.
          """);

  private final List<Operation> operations;

  ReferencePages(List<Operation> operations) {
    this.operations = List.copyOf(operations);
  }

  String errors() {
    StringBuilder page =
        new StringBuilder(
            """
            # Errors

            Every error of the REST interface is `application/problem+json` with `status`, `code`, `detail` and `next`. The `code` is
            stable; `detail` and `next` are sentences for people and may change. On the session socket the same codes come in a
            `failed` frame, which also says whether a retry makes sense ([protocol.md](protocol.md)).
            [rest.md](rest.md) names the codes of each operation. The Java client has a few of its own, for what it refuses before
            it asks a node: `NOT_EXCLUSIVE`, `UPGRADE_REFUSED`, `TOO_MANY_HOLDS`.

            How to read a status: **4xx** nothing was changed, and sending the same again does not help, except for 408 and 429;
            **503** try again, there or at another node; only `OUTCOME_UNKNOWN` may have been applied.
            """);
    for (String section : SECTIONS) {
      page.append("\n## ").append(section).append("\n\n| Code | Status | Meaning | What to do |\n");
      page.append("|---|---|---|---|\n");
      codes().stream()
          .filter(code -> code.section().equals(section))
          .forEach(code ->
              page.append(
                  "| `%s` | %s | %s | %s |\n"
                      .formatted(
                          code.name(), statuses(code.statuses()), code.meaning(), code.next())));
      page.append(NOTES.getOrDefault(section, ""));
    }
    return page.toString();
  }

  private static String statuses(List<Integer> statuses) {
    return statuses.stream().map(String::valueOf).collect(joining(", "));
  }

  /** Of all operations, and of any request. */
  Set<ProblemCode> codes() {
    Set<ProblemCode> codes = new LinkedHashSet<>(RequestProblemCodes.ANY);
    codes.addAll(RequestProblemCodes.JSON);
    codes.addAll(RequestProblemCodes.BODY);
    operations.forEach(operation -> codes.addAll(operation.problems()));
    return codes;
  }

  String rest() {
    StringBuilder page =
        new StringBuilder(
            """
            # REST

            What a node answers over HTTP, from the same table that routes requests. A body is JSON, under the name
            `application/json` and in UTF-8, unless an operation says otherwise. An unknown field or query parameter is refused.
            GET also answers HEAD, and every path OPTIONS. A segment `{name}` is percent-encoded; `{name...}` is the rest of the
            path, and may have slashes.

            The scope is what a token will have to allow, once there are tokens. System operations are answered in any state
            of the node.

            Beside the codes that stand at an operation, every request may meet

            - %s;
            - when agreement fails, %s;
            - with a body, %s;
            - with JSON, %s.

            [errors.md](errors.md) explains them.
            """
                .formatted(
                    names(RequestProblemCodes.ANY),
                    names(AgreementProblemCodes.ALL),
                    names(RequestProblemCodes.BODY),
                    names(RequestProblemCodes.JSON)));
    Map<String, Class<?>> records = new TreeMap<>();
    for (Operation operation : operations) {
      append(page, operation, records);
    }
    page.append("\n## Records\n");
    Set<String> told = new LinkedHashSet<>();
    while (told.addAll(records.keySet())) {
      for (Class<?> record : List.copyOf(records.values())) {
        for (RecordComponent field : record.getRecordComponents()) {
          type(field.getGenericType(), records);
        }
      }
    }
    records.forEach((name, record) -> append(page, name, record, records));
    return page.toString();
  }

  private static void append(StringBuilder page, Operation one, Map<String, Class<?>> records) {
    page.append("\n## `%s %s`\n\n%s\n\n".formatted(one.method(), one.path(), one.summary()));
    page.append(
        "`%s`, %s, scope `%s`.\n"
            .formatted(one.id(), one.kind().name().toLowerCase(Locale.ROOT), one.scope()));
    if (!one.parameters().isEmpty()) {
      page.append("\n| Parameter | In | |\n|---|---|---|\n");
      one.parameters()
          .forEach(parameter ->
              page.append(
                  "| `%s` | %s | %s |\n"
                      .formatted(
                          parameter.name(),
                          parameter.in().name().toLowerCase(Locale.ROOT),
                          parameter.meaning())));
    }
    page.append("\n");
    if (!(one.request() instanceof Content.Nothing)) {
      page.append("- takes ").append(content(one.request(), records)).append("\n");
    }
    one.answers()
        .forEach((status, content) ->
            page.append("- **%d** %s\n".formatted(status, content(content, records))));
    List<ProblemCode> own =
        one.problems().stream()
            .filter(code -> !code.section().equals(ProblemCode.AGREEMENT))
            .toList();
    if (!own.isEmpty()) {
      page.append("- refuses with ").append(names(own)).append("\n");
    }
  }

  private static String names(Collection<ProblemCode> codes) {
    return codes.stream().map(code -> "`" + code.name() + "`").collect(joining(", "));
  }

  private static String content(Content content, Map<String, Class<?>> records) {
    return switch (content) {
      case Content.Nothing _ -> "without a body";
      case Content.Bytes(String what) -> "bytes: " + what;
      case Content.Json(Class<?> record) -> type(record, records);
    };
  }

  private static void append(
      StringBuilder page, String name, Class<?> record, Map<String, Class<?>> records) {
    page.append("\n### `%s`\n\n| Field | Type |\n|---|---|\n".formatted(name));
    for (RecordComponent field : record.getRecordComponents()) {
      boolean optional =
          field.getAnnotatedType().isAnnotationPresent(org.jspecify.annotations.Nullable.class);
      page.append(
          "| `%s` | %s%s |\n"
              .formatted(
                  field.getName(),
                  type(field.getGenericType(), records),
                  optional ? ", may be left out" : ""));
    }
  }

  /** As people call it; a record is noted, to be explained once. */
  private static String type(Type type, Map<String, Class<?>> records) {
    if (type instanceof ParameterizedType generic) {
      Type[] of = generic.getActualTypeArguments();
      return of.length == 1
          ? "list of " + type(of[0], records)
          : "map of " + type(of[1], records) + " by text";
    }
    Class<?> plain = (Class<?>) type;
    if (plain.isRecord() && !plain.getSimpleName().equals("LockMode")) {
      String name =
          plain.getName().replaceFirst(".*\\.", "").replace("Bodies$", "").replace('$', '.');
      records.put(name, plain);
      return "[" + name + "](#" + name.toLowerCase(Locale.ROOT) + ")";
    }
    if (plain == boolean.class || plain == Boolean.class) {
      return "true or false";
    }
    return plain.isPrimitive() || Number.class.isAssignableFrom(plain) ? "number" : "text";
  }
}
