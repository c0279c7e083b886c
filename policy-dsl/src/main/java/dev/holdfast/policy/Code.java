// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

/**
 * What a document may have wrong. A code keeps its meaning for ever;
 * docs/reference/policy-language.md lists them all, and a test keeps the list true.
 */
public enum Code {
  DS001("no YAML, or more of it than a policy may be"),
  DS002("a key stands twice"),
  DS003("an unknown key"),
  DS004("a key is missing"),
  DS005("a map, a list or a text where another is needed"),
  DS006("a value that the key does not know"),
  DS007("a name that is no name, or stands twice"),
  DS008("an unknown kind of document"),
  DS009("a type that is none, or a default that does not fit its type"),
  DS010("more of something than fits"),
  DS101("an expression that is no CEL"),
  DS102("an expression whose types do not fit"),
  DS103("an expression with an unknown name"),
  DS104("an expression of another type than is needed here"),
  DS105("a message with a hole that does not end"),
  DS106("an expression beyond the limits"),
  DS110("an unknown field of the data or the arguments"),
  SM201(Level.WARNING, "a field that may be absent here"),
  SM202(Level.WARNING, "a pattern that matches anywhere in the text"),
  SM301("an unknown state, transition, field or rule"),
  SM302("a state that no transition leads to"),
  SM303(Level.WARNING, "a state that no transition leaves, and that is not final"),
  SM304("a final state that a transition leaves, or one with timers"),
  SM305("neither an initial state nor a transition from none, or both"),
  SM306("a transition that fires, is fired, or undoes, and may not"),
  SM307(Level.WARNING, "a transition or rule that nothing uses"),
  SM310("two transitions that may both answer one event"),
  SM311(Level.WARNING, "a guard that never holds, or always does"),
  SM312(Level.WARNING, "targets without an otherwise"),
  SM313(
      Level.WARNING, "two transitions of which it cannot be shown that only one answers an event"),
  SM320(Level.WARNING, "timers that fire each other without end"),
  SM321(Level.WARNING, "a timer that never fires"),
  SM322(Level.WARNING, "a step of a saga without undo"),
  SM330(Level.WARNING, "a state or transition without a label"),
  SM340("an expression that may cost too much"),
  SM350("a change that objects of the version before do not survive"),
  SM351("a change that callers of the version before do not survive"),
  SM352(Level.WARNING, "a change of rules, timers or targets"),
  SM360("a test that cannot be read");

  /** How bad it is. */
  public enum Level {
    ERROR,
    WARNING
  }

  private final Level level;
  private final String meaning;

  Code(String meaning) {
    this(Level.ERROR, meaning);
  }

  Code(Level level, String meaning) {
    this.level = level;
    this.meaning = meaning;
  }

  public Level level() {
    return level;
  }

  /** For the reference. */
  public String meaning() {
    return meaning;
  }
}
