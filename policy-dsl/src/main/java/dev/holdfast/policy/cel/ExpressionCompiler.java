// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy.cel;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.extensions.CelExtensions;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.holdfast.spi.machine.DataField;
import dev.holdfast.spi.machine.DataType;
import dev.holdfast.spi.machine.Expression;
import dev.holdfast.spi.machine.ExpressionException;
import dev.holdfast.spi.machine.Scope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Compiles the expressions of one set of names. The optimizer of CEL is off, since it took what may
 * fail for a constant until lately; evaluation cannot be interrupted, so that all is bounded
 * before.
 */
public final class ExpressionCompiler {
  /** Characters, levels and nodes of one expression. */
  public static final int LENGTH_MAX = 2_000;

  public static final int DEPTH_MAX = 32;
  public static final int NODES_MAX = 1_000;

  /** Levels of the tree, which the evaluation goes down; a chain of operators is one for each. */
  private static final int TREE_DEPTH_MAX = 100;

  /** Steps of all loops of one evaluation, and the size of a compiled pattern. */
  public static final int ITERATIONS_MAX = 10_000;

  public static final int PATTERN_MAX = 500;

  private static final CelOptions OPTIONS =
      CelOptions.current()
          .maxExpressionCodePointSize(LENGTH_MAX)
          .maxParseRecursionDepth(DEPTH_MAX)
          .maxParseExpressionNodeCount(NODES_MAX)
          .comprehensionMaxIterations(ITERATIONS_MAX)
          .maxRegexProgramSize(PATTERN_MAX)
          .enableHeterogeneousNumericComparisons(true)
          .build();

  private static final CelRuntime RUNTIME =
      CelRuntimeFactory.plannerRuntimeBuilder()
          .setOptions(OPTIONS)
          .addLibraries(
              CelExtensions.strings(), CelExtensions.lists(2), CelExtensions.sets(OPTIONS))
          .addFunctionBindings(HostFunctions.bindings())
          .build();

  private final Names names;
  private final CelCompiler compiler;

  public ExpressionCompiler(Names names) {
    this.names = names;
    CelCompilerBuilder builder =
        CelCompilerFactory.standardCelCompilerBuilder()
            .setOptions(OPTIONS)
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .addLibraries(
                CelExtensions.strings(),
                CelExtensions.lists(2),
                CelExtensions.sets(OPTIONS),
                CelExtensions.bindings())
            .addFunctionDeclarations(HostFunctions.declarations());
    Map<String, StructType> structs = new LinkedHashMap<>();
    names.records().forEach((name, fields) -> structs.put(name, struct(name, fields)));
    builder.setTypeProvider(provider(ImmutableList.copyOf(structs.values())));
    structs.forEach(builder::addVar);
    builder.addVar("now", SimpleType.TIMESTAMP);
    HostFunctions.CONSTANTS.keySet().forEach(name -> builder.addVar(name, SimpleType.INT));
    if (names.state()) {
      builder.addVar("state", SimpleType.STRING);
    }
    this.compiler = builder.build();
  }

  /** A condition. */
  public Compiled condition(String text) {
    return compile(text, Optional.of(SimpleType.BOOL));
  }

  /** A value for a field of that type. */
  public Compiled value(String text, DataType type) {
    return compile(text, Optional.of(celType(type)));
  }

  /** A value of any type. */
  public Compiled value(String text) {
    return compile(text, Optional.empty());
  }

  private Compiled compile(String text, Optional<CelType> wanted) {
    CelValidationResult result = compiler.compile(text);
    if (result.hasError()) {
      Diagnosis diagnosis = new Diagnosis(names);
      List<Fault> faults = new ArrayList<>();
      for (CelIssue issue : result.getErrors()) {
        faults.add(diagnosis.of(issue));
      }
      return new Compiled(Optional.empty(), Optional.empty(), faults);
    }
    CelAbstractSyntaxTree tree = checked(result);
    CelType found = tree.getResultType();
    if (wanted.isPresent() && !wanted.get().isAssignableFrom(found)) {
      Fault fault =
          new Fault(
              Fault.Kind.WRONG_RESULT,
              0,
              0,
              "this is %s, and must be %s".formatted(shown(found), shown(wanted.get())),
              "");
      return new Compiled(Optional.empty(), Optional.empty(), List.of(fault));
    }
    if (Review.depth(tree.getExpr()) > TREE_DEPTH_MAX) {
      return new Compiled(Optional.empty(), Optional.empty(), List.of(Diagnosis.tooLarge(0, 0)));
    }
    List<Fault> faults = new ArrayList<>(new Review(names, tree).faults());
    boolean stops = faults.stream().anyMatch(fault -> fault.kind() == Fault.Kind.COST);
    return new Compiled(
        stops ? Optional.empty() : Optional.of(program(tree)),
        found.equals(SimpleType.BOOL)
            ? Optional.of(GuardReader.read(tree.getExpr()))
            : Optional.empty(),
        faults);
  }

  private static CelAbstractSyntaxTree checked(CelValidationResult result) {
    try {
      return result.getAst();
    } catch (CelValidationException e) {
      throw new IllegalStateException("an expression without errors has a tree", e);
    }
  }

  private static Expression<Object> program(CelAbstractSyntaxTree tree) {
    CelRuntime.Program program;
    try {
      program = RUNTIME.createProgram(tree);
    } catch (CelEvaluationException e) {
      throw new IllegalStateException("a checked expression can be planned", e);
    }
    return scope -> {
      try {
        return program.eval(variables(scope));
      } catch (CelEvaluationException e) {
        throw new ExpressionException(reason(e), e);
      }
    };
  }

  private static Map<String, Object> variables(Scope scope) {
    Map<String, Object> variables = new HashMap<>(HostFunctions.CONSTANTS);
    variables.put("old", scope.old());
    variables.put("new", scope.data());
    variables.put("data", scope.data());
    variables.put("args", scope.args());
    variables.put("state", scope.state());
    variables.put("now", scope.now());
    return variables;
  }

  /** Without the words of the library around it. */
  private static String reason(CelEvaluationException e) {
    String message = String.valueOf(e.getMessage());
    int end = message.indexOf(": ");
    return message.startsWith("evaluation error") && end > 0 ? message.substring(end + 2) : message;
  }

  private static StructType struct(String name, Map<String, DataField> fields) {
    ImmutableMap.Builder<String, CelType> types = ImmutableMap.builder();
    fields.forEach((field, declared) -> types.put(field, celType(declared.type())));
    ImmutableMap<String, CelType> known = types.buildOrThrow();
    // Not the name of the variable, which CEL would take for the type.
    return StructType.create(
        "fields_of_" + name, known.keySet(), field -> Optional.ofNullable(known.get(field)));
  }

  private static CelTypeProvider provider(ImmutableList<CelType> structs) {
    return new CelTypeProvider() {
      @Override
      public ImmutableCollection<CelType> types() {
        return structs;
      }

      @Override
      public Optional<CelType> findType(String name) {
        return structs.stream().filter(struct -> struct.name().equals(name)).findFirst();
      }
    };
  }

  static CelType celType(DataType type) {
    return switch (type) {
      case DataType.Text _, DataType.Hex _, DataType.Uuid _, DataType.Choice _ -> SimpleType.STRING;
      case DataType.Int _ -> SimpleType.INT;
      case DataType.Bool _ -> SimpleType.BOOL;
      case DataType.Time _ -> SimpleType.TIMESTAMP;
      case DataType.Span _ -> SimpleType.DURATION;
      case DataType.ListOf list -> ListType.create(celType(list.element()));
      case DataType.MapOf map -> MapType.create(celType(map.key()), celType(map.value()));
    };
  }

  /** In the words of the language. */
  static String shown(CelType type) {
    return switch (type) {
      case ListType list -> "list<" + shown(list.elemType()) + ">";
      case MapType map -> "map<" + shown(map.keyType()) + ", " + shown(map.valueType()) + ">";
      default ->
          switch (type.kind()) {
            case TIMESTAMP -> "time";
            case DURATION -> "duration";
            default -> type.name();
          };
    };
  }

  static Collection<String> constants() {
    return HostFunctions.CONSTANTS.keySet();
  }
}
