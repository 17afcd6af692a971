"""A contract for import-linter: a package may import of ours only what is named, however much we add elsewhere."""

from importlinter import Contract, ContractCheck, fields, output


class Allowed(Contract):
    """The packages of `source_modules` import themselves and `allowed_modules`, nothing else of ours."""

    source_modules = fields.ListField(subfield=fields.StringField())
    allowed_modules = fields.ListField(subfield=fields.StringField(), required=False, default=[])

    def check(self, graph, verbose):
        roots = tuple(self.session_options["root_packages"])
        found = []
        for source in self.source_modules:
            allowed = [source, *self.allowed_modules]
            for module in sorted({source, *graph.find_descendants(source)}):
                for imported in sorted(graph.find_modules_directly_imported_by(module)):
                    if within(imported, roots) and not within(imported, allowed):
                        found += graph.get_import_details(importer=module, imported=imported)
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check):
        for detail in check.metadata["found"]:
            where = f"{detail['importer']}:{detail['line_number']}"
            output.print_error(f"{where} must not import {detail['imported']}: {detail['line_contents']}")


def within(module, packages):
    return any(module == package or module.startswith(f"{package}.") for package in packages)
