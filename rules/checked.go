package rules

import (
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// checked walks the tree of a condition, sees to it that it uses nothing but
// what a rule may, and notes what it reads. Types are expr's to check.
type checked struct {
	*compiler
	cond  condition
	slots map[string]int // of the environment, by the text of the node
	order []int          // the same, as the condition names them
	shows []show         // what the patterns found
	loops int            // how many loops are around the node
}

// reads notes that n stands for a slot.
func (c *checked) reads(n ast.Node, slot int) {
	c.slots[n.String()] = slot
	if !slices.Contains(c.order, slot) {
		c.order = append(c.order, slot)
	}
}

// fault notes a mistake at n.
func (c *checked) fault(n ast.Node, format string, args ...any) {
	c.add(c.where(n), format, args...)
}

// where returns the place of n. Expr gives a.b the place of b.
func (c *checked) where(n ast.Node) place {
	return c.cond.place(firstOf(n).Location().From, n.Location().To)
}

// firstOf returns what a.b.c begins with.
func firstOf(n ast.Node) ast.Node {
	for {
		member, ok := n.(*ast.MemberNode)
		if !ok {
			return n
		}
		n = member.Node
	}
}

// node checks n and what is below it.
func (c *checked) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		c.name(n, n.Value)
	case *ast.MemberNode:
		if name, ok := dotted(n); ok {
			c.name(n, name)
		} else {
			c.fault(n, "only facts have parts")
		}
	case *ast.CallNode:
		c.call(n)
	case *ast.BuiltinNode:
		c.builtin(n)
	case *ast.BinaryNode:
		c.binary(n)
	case *ast.UnaryNode:
		c.node(n.Node)
	case *ast.PredicateNode:
		c.node(n.Node)
	case *ast.ConditionalNode:
		c.node(n.Cond)
		c.node(n.Exp1)
		c.node(n.Exp2)
	case *ast.ArrayNode:
		for _, item := range n.Nodes {
			c.node(item)
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode, *ast.PointerNode:
	default:
		c.fault(n, "conditions do without %q", n.String())
	}
}

// dotted returns a.b.c as one name.
func dotted(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return n.Value, true
	case *ast.MemberNode:
		parent, ok := dotted(n.Node)
		property, text := n.Property.(*ast.StringNode)
		return parent + "." + memberName(property), ok && text && !n.Optional
	}
	return "", false
}

// memberName returns the text of n; nothing for nil.
func memberName(n *ast.StringNode) string {
	if n == nil {
		return ""
	}
	return n.Value
}

// name checks the name of a fact.
func (c *checked) name(n ast.Node, name string) {
	if f, ok := c.facts[name]; ok {
		c.reads(n, c.factSlot(f))
		return
	}
	group, _, isMember := strings.Cut(name, ".")
	members := c.membersOf(group)
	_, isFunction := c.functions[name]
	switch {
	case isFunction:
		c.fault(n, "%s is a function: write %s", name, c.functions[name].signature)
	case group == "lists":
		c.fault(n, "a list stands inside a function, such as hasWord(text, lists.insults)")
	case isMember && len(members) == 0:
		c.fault(firstOf(n), "unknown name %q%s", group, didYouMean(group, c.groups()))
	case isMember:
		c.fault(n, "unknown name %q%s", name, didYouMean(name, members))
	case len(members) > 0:
		c.fault(n, "%q is a group of facts: use %s", name, strings.Join(members, ", "))
	default:
		c.fault(n, "unknown name %q%s", name, didYouMean(name, append(c.names(), c.groups()...)))
	}
}

// membersOf returns the facts of a group.
func (c *compiler) membersOf(group string) []string {
	return slices.DeleteFunc(c.names(), func(name string) bool { return !strings.HasPrefix(name, group+".") })
}

// groups returns what facts can begin with.
func (c *compiler) groups() []string {
	var list []string
	for _, name := range c.names() {
		group, _, _ := strings.Cut(name, ".")
		list = append(list, group)
	}
	return slices.Compact(list)
}

// names returns the names of all facts.
func (c *compiler) names() []string {
	var list []string
	for name := range c.facts {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// builtins are the functions of expr's that conditions may use. The loops among
// them take links.hosts, and never run inside another loop.
func builtins() (loops, plain []string) {
	return []string{"all", "any", "none", "one", "count"}, []string{"len", "lower", "upper", "trim", "min", "max", "abs"}
}

// builtin checks a call of one of expr's own functions.
func (c *checked) builtin(n *ast.BuiltinNode) {
	loops, plain := builtins()
	isLoop := slices.Contains(loops, n.Name)
	switch {
	case !isLoop && !slices.Contains(plain, n.Name):
		c.fault(n, "unknown function %q%s", n.Name, didYouMean(n.Name, c.functionNames()))
		return
	case isLoop && c.loops > 0:
		c.fault(n, "%s inside another loop: conditions do without", n.Name)
		return
	}
	if isLoop {
		c.loops++
		defer func() { c.loops-- }()
	}
	for _, arg := range n.Arguments {
		c.node(arg)
	}
}

// functionNames returns the names of everything that can be called.
func (c *compiler) functionNames() []string {
	loops, plain := builtins()
	list := append(loops, plain...)
	for name := range c.functions {
		list = append(list, name)
	}
	return list
}

// binary checks an operator between two values.
func (c *checked) binary(n *ast.BinaryNode) {
	switch n.Operator {
	case "matches":
		c.pattern(n)
		return
	case "..", "??", "|":
		c.fault(n, "conditions do without %q", n.Operator)
		return
	}
	c.node(n.Left)
	c.node(n.Right)
	switch n.Operator {
	case "contains", "startsWith", "endsWith":
		if name, _ := dotted(n.Left); c.facts[name].kind == kindTexts {
			c.fault(n.Left, "%s is a list: write \"x.com\" in %s, or linksTo(\"x.com\")", name, name)
		}
	case "==", "!=", "in":
		c.compared(n.Left, n.Right)
		c.compared(n.Right, n.Left)
	}
}

// compared checks that a fact is compared with something that it can be: a slip
// would be a condition that is never true.
func (c *checked) compared(n, with ast.Node) {
	name, _ := dotted(n)
	values := c.facts[name].values()
	if values == nil {
		return
	}
	words := []ast.Node{with}
	if list, ok := with.(*ast.ArrayNode); ok {
		words = list.Nodes
	}
	for _, w := range words {
		if word, ok := w.(*ast.StringNode); ok && !slices.Contains(values, word.Value) {
			c.fault(w, "%s is never %q, but one of %s%s", name, word.Value, strings.Join(values, ", "), didYouMean(word.Value, values))
		}
	}
}

// pattern checks `fact matches "regular expression"`.
func (c *checked) pattern(n *ast.BinaryNode) {
	source, ok := n.Right.(*ast.StringNode)
	if !ok {
		c.fault(n.Right, "write the pattern out, in quotes: patterns are compiled when the book is loaded")
		return
	}
	re, err := regexp.Compile(source.Value)
	if err != nil {
		c.fault(n.Right, "%s", strings.Replace(err.Error(), "error parsing regexp: ", "pattern: ", 1))
		return
	}
	c.node(n.Left)
	name, _ := dotted(n.Left)
	if subject, ok := c.facts[name]; ok && subject.kind == kindText && !subject.private() {
		c.shows = append(c.shows, func(s *state) []string {
			value, _ := subject.get(s).(string)
			return []string{re.FindString(value)}
		})
	}
}

// call checks a call of a function of ours.
func (c *checked) call(n *ast.CallNode) {
	name, _ := dotted(n.Callee)
	f, ok := c.functions[name]
	if !ok {
		c.fault(n.Callee, "unknown function %q%s", name, didYouMean(name, c.functionNames()))
		return
	}
	args := arguments{checked: c, node: n, fn: f}
	if f.read != nil {
		if slot, ok := f.read(&args); ok {
			c.reads(n, slot)
		}
		return
	}
	if args.read() {
		c.reads(n, c.functionSlot(args))
	}
}

// needs returns hits of the index without which n can't be true: any one of
// them may make it so. Nil means that none are known.
func (c *checked) needs(n ast.Node) []trigger {
	switch n := n.(type) {
	case *ast.CallNode:
		if s := c.compiler.slots[c.slots[n.String()]]; s.kind == kindBool {
			return s.triggers
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&":
			left, right := c.needs(n.Left), c.needs(n.Right)
			if left == nil || right != nil && len(right) < len(left) {
				return right
			}
			return left
		case "or", "||":
			left, right := c.needs(n.Left), c.needs(n.Right)
			if left == nil || right == nil {
				return nil
			}
			return slices.Concat(left, right)
		case ">", ">=":
			return c.countNeeds(n)
		}
	}
	return nil
}

// countNeeds is needs for `countWords(…) >= 2` and its like.
func (c *checked) countNeeds(n *ast.BinaryNode) []trigger {
	call, isCall := n.Left.(*ast.CallNode)
	limit, isNumber := n.Right.(*ast.IntegerNode)
	if !isCall || !isNumber || limit.Value < 0 || limit.Value == 0 && n.Operator == ">=" {
		return nil
	}
	return c.compiler.slots[c.slots[call.String()]].triggers
}
