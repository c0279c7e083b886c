// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * One thing that a node can be asked for. No route exists without: routing, the reference of REST
 * and of errors, and who may do it come from here.
 *
 * @param id unique and stable, e.g. {@code acquireLock}
 * @param path segments in braces match one segment; a last {@code {name...}} the rest
 * @param scope what a client must be allowed to do
 * @param parameters of query and headers; any other query parameter is refused
 * @param answers what comes with each status that is no problem
 * @param problems beside those that any request may meet ({@link RequestProblems})
 */
public record Operation(
    String id,
    String method,
    String path,
    Kind kind,
    Scope scope,
    String summary,
    Content request,
    List<Parameter> parameters,
    SortedMap<Integer, Content> answers,
    List<ProblemCode> problems) {

  /** Who asks. */
  public enum Kind {
    /** Clients. */
    EXTERNAL,
    /** Other nodes, for data. */
    INTERNAL,
    /** Whoever watches over the node; answered in any state of it. */
    SYSTEM
  }

  /** What a token allows, by its name there. */
  public enum Scope {
    NONE("none"),
    OBJECTS_READ("objects:read"),
    OBJECTS_WRITE("objects:write"),
    LOCKS("locks"),
    METADATA("metadata"),
    ADMIN("admin");

    private final String text;

    Scope(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** A body. */
  public sealed interface Content {
    record Nothing() implements Content {}

    /**
     * @param type a record; its components are the fields
     */
    record Json(Class<?> type) implements Content {}

    /**
     * @param what it is, for people: a media type, or any
     */
    record Bytes(String what) implements Content {}
  }

  /** A part of the request beside its path and body. */
  public record Parameter(In in, String name, String meaning) {
    /** Where it stands. */
    public enum In {
      QUERY,
      HEADER
    }
  }

  public Operation {
    parameters = List.copyOf(parameters);
    answers = new TreeMap<>(answers);
    problems = List.copyOf(problems);
    if (!path.startsWith("/") || !id.matches("[a-z][A-Za-z]*")) {
      throw new IllegalArgumentException(id + " " + path);
    }
  }

  public static Operation external(
      String id, String method, String path, Scope scope, String summary) {
    return of(Kind.EXTERNAL, id, method, path, scope, summary);
  }

  public static Operation system(
      String id, String method, String path, Scope scope, String summary) {
    return of(Kind.SYSTEM, id, method, path, scope, summary);
  }

  private static Operation of(
      Kind kind, String id, String method, String path, Scope scope, String summary) {
    return new Operation(
        id,
        method,
        path,
        kind,
        scope,
        summary,
        new Content.Nothing(),
        List.of(),
        new TreeMap<>(),
        List.of());
  }

  public Operation query(String name, String meaning) {
    return with(new Parameter(Parameter.In.QUERY, name, meaning));
  }

  public Operation header(String name, String meaning) {
    return with(new Parameter(Parameter.In.HEADER, name, meaning));
  }

  private Operation with(Parameter parameter) {
    List<Parameter> more = new ArrayList<>(parameters);
    more.add(parameter);
    return copy(request, more, answers, problems);
  }

  public Operation takes(Class<?> record) {
    return copy(new Content.Json(record), parameters, answers, problems);
  }

  public Operation takesBytes(String what) {
    return copy(new Content.Bytes(what), parameters, answers, problems);
  }

  public Operation answers(int status, Class<?> record) {
    return answers(status, new Content.Json(record));
  }

  public Operation answersBytes(int status, String what) {
    return answers(status, new Content.Bytes(what));
  }

  public Operation answers(int status) {
    return answers(status, new Content.Nothing());
  }

  private Operation answers(int status, Content content) {
    SortedMap<Integer, Content> more = new TreeMap<>(answers);
    more.put(status, content);
    return copy(request, parameters, more, problems);
  }

  public Operation refuses(ProblemCode... codes) {
    return copy(
        request,
        parameters,
        answers,
        Stream.concat(problems.stream(), Arrays.stream(codes)).distinct().toList());
  }

  private Operation copy(
      Content body,
      List<Parameter> more,
      SortedMap<Integer, Content> outcomes,
      List<ProblemCode> codes) {
    return new Operation(id, method, path, kind, scope, summary, body, more, outcomes, codes);
  }

  boolean hasQuery(String name) {
    return parameters.stream()
        .anyMatch(one -> one.in() == Parameter.In.QUERY && one.name().equals(name));
  }
}
