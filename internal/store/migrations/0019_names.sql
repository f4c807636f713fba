-- Names tell nobody apart any more where a post turns strict by itself.
DROP INDEX revisions_name;
